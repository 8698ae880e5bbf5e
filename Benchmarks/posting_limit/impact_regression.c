#include "impact_regression.h"

#include <math.h>
#include <string.h>

#include "buckets.h"

SharedRegression new_shared_regression(void) {
  SharedRegression shared = {0};
  for (int i = 0; i < FEATURES; i++) shared.moments[i][i] = 100;
  return shared;
}

void start_regression(ListRegression *own, const List *list) {
  own->dimensions = list->stage >= 0 ? DIMENSIONS : 0, own->variables = own->dimensions + list->parents;
  own->squares = 4 * 28 * 28., own->count = 4;
  memset(own->slope, 0, sizeof own->slope);
  for (int i = 0; i < own->variables; i++)
    for (int j = 0; j < own->variables; j++) own->covariance[i][j] = i != j ? 0 : i < own->dimensions ? 2 : .05f;
}

void expect_impact(const SharedRegression *shared, const ListRegression *own, const List *list, int document,
                   Expected *expected) {
  float *variable = expected->variable, *gain = expected->gain;
  float plain = expected->running, adjustment = 0, spread = 1;
  for (int k = 0; k < FEATURES; k++) plain += shared->weight[k] * expected->feature[k];
  for (int k = 0; k < own->dimensions; k++) variable[k] = list->embedding[(size_t)document * DIMENSIONS + k];
  for (int k = 0; k < list->parents; k++) variable[own->dimensions + k] = parent_impact[document][k];
  for (int j = 0; j < own->variables; j++) {
    float sum = 0;
    for (int k = 0; k < own->variables; k++) sum += own->covariance[j][k] * variable[k];
    gain[j] = sum;
    adjustment += own->slope[j] * variable[j], spread += sum * variable[j];
  }
  expected->spread = spread, expected->unclamped = plain + adjustment * 28;
  expected->plain = clampf(plain, 1, 255), expected->mean = clampf(expected->unclamped, 1, 255);
  expected->plain_deviation = sqrt(own->squares / own->count);
  expected->deviation = sqrt(own->squares / own->count * spread);
}

void learn_impact(SharedRegression *shared, ListRegression *own, const Expected *expected, int impact) {
  const float *gain = expected->gain, *feature = expected->feature;
  float error = impact - expected->mean, slope_error = (impact - expected->unclamped) / 28, spread = expected->spread;
  float over_running = impact - expected->running;
  own->squares += error * error / spread, own->count++;
  for (int j = 0; j < own->variables; j++) {
    own->slope[j] += gain[j] / spread * slope_error;
    for (int k = 0; k < own->variables; k++) own->covariance[j][k] -= gain[j] / spread * gain[k];
  }
  for (int j = 0; j < FEATURES; j++) {
    shared->products[j] += feature[j] * over_running;
    for (int k = 0; k < FEATURES; k++) shared->moments[j][k] += feature[j] * feature[k];
  }
}

/// By elimination.
void solve(SharedRegression *shared) {
  double m[FEATURES][FEATURES + 1];
  for (int i = 0; i < FEATURES; i++) {
    memcpy(m[i], shared->moments[i], sizeof shared->moments[i]);
    m[i][FEATURES] = shared->products[i];
  }
  for (int i = 0; i < FEATURES; i++)
    for (int j = 0; j < FEATURES; j++) {
      if (j == i) continue;
      double factor = m[j][i] / m[i][i];
      for (int k = i; k <= FEATURES; k++) m[j][k] -= factor * m[i][k];
    }
  for (int i = 0; i < FEATURES; i++) shared->weight[i] = m[i][FEATURES] / m[i][i];
}
