// The index: lists by falling document frequency of their terms ("rank"), the documents' rows, and classes of terms.
#pragma once
#include <stdint.h>

enum { LEVELS = 12, CLASSES = 4 * LEVELS };  // LEVELS as in posting_limit.py

extern int documents, terms;
extern int64_t postings;
extern int *frequency;              // (terms)
extern int64_t *list_start;         // (terms + 1)
extern int *list_document;          // (postings)
extern uint8_t *list_impact;        // (postings)
extern uint8_t *list_quartile;      // (postings) 1...4, of the impact in its list
extern int64_t *row_start;          // (documents + 1)
extern int *row_rank;               // (postings) rising in a row
extern uint8_t *row_impact;         // (postings)
extern float *mean;                 // (terms)
extern uint8_t *class_of;           // (terms)
extern double class_mean[CLASSES];  // 48 bytes a codec would store

/// Reads FILE.csr: all but quartiles, means and classes.
void load(const char *path);

/// A term's class: one of 12 levels of its mean impact (a twelfth of all postings each) and 4 of its deviation.
void classify(void);
