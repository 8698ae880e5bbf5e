// What a list needs besides presence and impacts: the term's class, its parents in number, name and strength.
#pragma once
#include "buckets.h"
#include "parents.h"

/// Counts of the terms before.
typedef struct {
  double class_counts[DENSITIES][CLASSES], parents[DENSITIES][PARENTS + 1], strengths[PARENTS][STRENGTHS];
  double *named, names;  // (terms) as a parent, so far; their sum
} Sides;

/// Bits of these, which `sides` then learns.
double side_bits(Sides *sides, int rank, int density, int parents);
