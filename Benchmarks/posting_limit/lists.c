#include "lists.h"

#include <math.h>
#include <string.h>

#include "input.h"

int documents, terms;
int64_t postings;
int *frequency;
int64_t *list_start;
int *list_document;
uint8_t *list_impact, *list_quartile;
int64_t *row_start;
int *row_rank;
uint8_t *row_impact;
float *mean;
uint8_t *class_of;
double class_mean[CLASSES];

// MARK: Reading

static int *column_frequency;  // (columns); qsort hands its comparison nothing else
static int by_falling_frequency(const void *a, const void *b) {
  int x = *(const int *)a, y = *(const int *)b;
  int by_frequency = column_frequency[y] - column_frequency[x];
  return by_frequency ? by_frequency : x - y;
}

/// Each column's rank; terms without postings come last, and are not counted in `terms`.
static int *rank_columns(const int *column, int columns) {
  column_frequency = array(columns, 4);
  for (int64_t i = 0; i < postings; i++) column_frequency[column[i]]++;
  int *column_of = array(columns, 4), *rank_of = array(columns, 4);
  for (int i = 0; i < columns; i++) column_of[i] = i;
  qsort(column_of, columns, 4, by_falling_frequency);
  frequency = array(columns, 4), list_start = array(columns + 1, 8);
  for (int rank = 0; rank < columns; rank++) {
    rank_of[column_of[rank]] = rank;
    frequency[rank] = column_frequency[column_of[rank]];
    list_start[rank + 1] = list_start[rank] + frequency[rank];
    if (frequency[rank]) terms = rank + 1;
  }
  free(column_of), free(column_frequency);
  return rank_of;
}

static void fill_lists(const int *column, const float *value, const int *rank_of, int columns) {
  list_document = array(postings, 4), list_impact = array(postings, 1);
  int64_t *end = array(columns, 8);
  memcpy(end, list_start, 8 * (size_t)columns);
  for (int document = 0; document < documents; document++)
    for (int64_t i = row_start[document]; i < row_start[document + 1]; i++) {
      int64_t to = end[rank_of[column[i]]]++;
      list_document[to] = document;
      list_impact[to] = (uint8_t)value[i];
    }
  free(end);
}

/// Out of the lists, not of the file, so that ranks rise in a row.
static void fill_rows(void) {
  row_rank = array(postings, 4), row_impact = array(postings, 1);
  int64_t *end = array(documents, 8);
  memcpy(end, row_start, 8 * (size_t)documents);
  for (int rank = 0; rank < terms; rank++)
    for (int64_t i = list_start[rank]; i < list_start[rank + 1]; i++) {
      int64_t to = end[list_document[i]]++;
      row_rank[to] = rank;
      row_impact[to] = list_impact[i];
    }
  free(end);
}

void load(const char *path) {
  FILE *file = open_file(path);
  int64_t header[3];
  read_exactly(file, header, 8, 3);
  documents = (int)header[0], postings = header[2];
  int columns = (int)header[1];
  row_start = array(documents + 1, 8);
  int *column = array(postings, 4);
  float *value = array(postings, 4);
  read_exactly(file, row_start, 8, documents + 1);
  read_exactly(file, column, 4, postings);
  read_exactly(file, value, 4, postings);
  fclose(file);

  int *rank_of = rank_columns(column, columns);
  fill_lists(column, value, rank_of, columns);
  fill_rows();
  free(column), free(value), free(rank_of);
}

// MARK: Classes

/// Fills in a list's mean and quartiles; its deviation.
static float summarize(int rank) {
  double sum = 0, squares = 0;
  int below[257] = {0};  // postings of smaller impacts
  for (int64_t i = list_start[rank]; i < list_start[rank + 1]; i++) {
    sum += list_impact[i], squares += list_impact[i] * list_impact[i];
    below[list_impact[i] + 1]++;
  }
  for (int i = 0; i < 256; i++) below[i + 1] += below[i];
  for (int64_t i = list_start[rank]; i < list_start[rank + 1]; i++)
    list_quartile[i] = 1 + (int64_t)below[list_impact[i]] * 4 / frequency[rank];
  mean[rank] = sum / frequency[rank];
  return sqrt(fmax(0, squares / frequency[rank] - (sum / frequency[rank]) * (sum / frequency[rank])));
}

void classify(void) {
  list_quartile = array(postings, 1), mean = array(terms, 4), class_of = array(terms, 1);
  float *deviation = array(terms, 4);
  int64_t of_mean[256] = {0}, before = 0;
  for (int rank = 0; rank < terms; rank++) {
    deviation[rank] = summarize(rank);
    of_mean[(int)mean[rank]] += frequency[rank];
  }
  int level[256];
  for (int i = 0; i < 256; i++) level[i] = (int)(before * LEVELS / postings), before += of_mean[i];
  double sum[CLASSES] = {0}, count[CLASSES] = {0};
  for (int rank = 0; rank < terms; rank++) {
    float d = deviation[rank];
    int spread = frequency[rank] < 12 ? 2 : d < 18 ? 0 : d < 26 ? 1 : d < 36 ? 2 : 3;
    class_of[rank] = level[(int)mean[rank]] * 4 + spread;
    sum[class_of[rank]] += mean[rank] * frequency[rank], count[class_of[rank]] += frequency[rank];
  }
  for (int i = 0; i < CLASSES; i++) class_mean[i] = count[i] ? round(sum[i] / count[i]) : 0;
  free(deviation);
}
