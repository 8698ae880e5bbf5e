// Parents: lists of smaller rank that tell of a list's presence and impacts. The encoder's choice, told to the decoder.
#pragma once

enum {
  PARENTS = 2, CANDIDATES = 12,  // candidates by presence, and as many by presence and impacts together
  STRENGTHS = 40, STATES = 5,    // a document in a parent's list: absent, or one of four quartiles of impact
};

extern int (*candidate)[2 * CANDIDATES];  // (terms, 24) ranks or -1
extern int (*chosen)[PARENTS];            // (terms, 2) ranks or -1
extern int (*strength)[PARENTS];          // (terms, 2)

/// For each term the lists of smaller rank whose presence alone tells most about its own, and with the correlation of
/// impacts as well.
void find_candidates(void);

/// Chooses up to two parents of each list: that whose states (absent, four quartiles of impact) gain most bits over
/// probabilities from gaps alone, if that pays for naming it; then another over what the first leaves.
void choose_parents(void);

/// The lift of a document's odds if the parent has it, out of the strength alone.
float lift_of(int strength, int rank, int parent);
