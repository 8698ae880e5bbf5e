// What both models of a list know besides its history: its class, its parents, and what lists of smaller rank say of
// each document.
#pragma once
#include <math.h>
#include <stdint.h>

#include "lists.h"
#include "parents.h"

enum { DIMENSIONS = 48, NEIGHBOURS = 16 };  // of an embedding; as in posting_limit.py
enum { STAGES = 8 };

/// What a row of the table lets the models use.
typedef struct { const char *name; int parents, use_document, use_embedding; } Contexts;

/// A list to be coded.
typedef struct {
  int rank, class, density, parents, use_document, stage;  // stage -1: no embedding
  const float *embedding;   // (documents, 48) of the stage, as the next two
  const int *neighbour;     // (documents, 16) documents before this one, nearest first, or -1
  const float *similarity;  // (documents, 16) cosines
  float lift[PARENTS];
} List;

extern uint8_t (*parent_state)[PARENTS];  // (documents, 2) 0 absent, or the quartile
extern float (*parent_impact)[PARENTS];   // (documents, 2) impact less the list's mean, / 64
extern float *log_odds;                   // (documents) of presence, as it was coded
extern uint8_t *present;                  // (documents) so far in this list; 64 zeros before
extern int *impact_at;                    // (documents) so far in this list
extern int *seen;                         // (documents) lists of smaller rank with this document
extern double seen_in_all;
extern float *residual;                   // (documents) sum over them of impact less the mean of the term's class

static inline float seen_ratio(int document) {
  return log2f((seen[document] + 1) / (float)(seen_in_all / documents + 1));
}

/// Reads EMBEDDINGS, and makes room for the arrays above; after the lists.
void load_contexts(const char *path);

/// Forgets what lists said of documents: the next is the first.
void forget_documents(void);

/// The list, with its number of parents; then, if it is to be coded, what its parents and its embedding say.
List list_of(int rank, const Contexts *contexts);
void look_up(List *list, const Contexts *contexts);

/// The list is known: `seen` and `residual` learn it.
void learn_documents(int rank);
