// The impact to expect at a posting, by two linear regressions: one over the postings of all lists, on what its
// neighbours say; one over this list's, on the document's embedding and the parents' impacts.
#pragma once
#include "contexts.h"

// Features of the regression over all lists, whose target is the impact less the list's running mean.
enum { F_NEIGHBOURS, F_NEAR, F_FAR, F_DOCUMENT, F_PRESENCE, F_ONE, FEATURES };
enum { VARIABLES = DIMENSIONS + PARENTS };  // of this list's regression

typedef struct { double moments[FEATURES][FEATURES], products[FEATURES]; float weight[FEATURES]; } SharedRegression;

/// Recursive least squares, and the errors so far.
typedef struct {
  int dimensions, variables;
  float slope[VARIABLES], covariance[VARIABLES][VARIABLES];
  double squares, count;
} ListRegression;

/// Of one impact. `plain` is without embedding and parents.
typedef struct {
  float running, feature[FEATURES];  // to be filled in before
  float variable[VARIABLES], gain[VARIABLES], spread;
  float plain, plain_deviation, unclamped, mean, deviation;
} Expected;

SharedRegression new_shared_regression(void);
void start_regression(ListRegression *own, const List *list);
void expect_impact(const SharedRegression *shared, const ListRegression *own, const List *list, int document,
                   Expected *expected);
void learn_impact(SharedRegression *shared, ListRegression *own, const Expected *expected, int impact);

/// New weights; once a list.
void solve(SharedRegression *shared);
