#include "contexts.h"

#include <string.h>

#include "buckets.h"
#include "input.h"

uint8_t (*parent_state)[PARENTS];
float (*parent_impact)[PARENTS];
float *log_odds;
uint8_t *present;
int *impact_at, *seen;
double seen_in_all;
float *residual;

static int stages, stage_start[STAGES];  // the stage is of ranks from here on, made of the lists before
static float *embedding;                 // (stages, documents, 48)
static int *neighbour;                   // (stages, documents, 16)
static float *similarity;                // (stages, documents, 16)

static void load_embeddings(const char *path) {
  FILE *file = open_file(path);
  int32_t count;
  read_exactly(file, &count, 4, 1);
  stages = count < STAGES ? count : STAGES - 1;
  read_exactly(file, stage_start, 4, stages);
  embedding = array((size_t)stages * documents * DIMENSIONS, 4);
  neighbour = array((size_t)stages * documents * NEIGHBOURS, 4);
  similarity = array((size_t)stages * documents * NEIGHBOURS, 4);
  for (size_t stage = 0; stage < (size_t)stages; stage++) {
    read_exactly(file, embedding + stage * documents * DIMENSIONS, 4, (size_t)documents * DIMENSIONS);
    read_exactly(file, neighbour + stage * documents * NEIGHBOURS, 4, (size_t)documents * NEIGHBOURS);
    read_exactly(file, similarity + stage * documents * NEIGHBOURS, 4, (size_t)documents * NEIGHBOURS);
  }
  fclose(file);
}

void load_contexts(const char *path) {
  load_embeddings(path);
  parent_state = array(documents, sizeof(*parent_state)), parent_impact = array(documents, sizeof(*parent_impact));
  log_odds = array(documents, 4), present = (uint8_t *)array(documents + 64, 1) + 64, impact_at = array(documents, 4);
  seen = array(documents, 4), residual = array(documents, 4);
}

void forget_documents(void) {
  memset(seen, 0, 4 * (size_t)documents), memset(residual, 0, 4 * (size_t)documents);
  seen_in_all = 0;
}

List list_of(int rank, const Contexts *contexts) {
  List list = {.rank = rank, .class = class_of[rank], .density = density_bucket(frequency[rank]), .stage = -1,
               .use_document = contexts->use_document};
  while (list.parents < contexts->parents && chosen[rank][list.parents] >= 0) list.parents++;
  return list;
}

void look_up(List *list, const Contexts *contexts) {
  for (int k = 0; contexts->use_embedding && k < stages; k++) if (list->rank >= stage_start[k]) list->stage = k;
  if (list->stage >= 0) {
    list->embedding = embedding + (size_t)list->stage * documents * DIMENSIONS;
    list->neighbour = neighbour + (size_t)list->stage * documents * NEIGHBOURS;
    list->similarity = similarity + (size_t)list->stage * documents * NEIGHBOURS;
  }
  memset(parent_state, 0, sizeof(*parent_state) * documents);
  memset(parent_impact, 0, sizeof(*parent_impact) * documents);
  for (int k = 0; k < list->parents; k++) {
    int parent = chosen[list->rank][k];
    list->lift[k] = lift_of(strength[list->rank][k], list->rank, parent);
    for (int64_t i = list_start[parent]; i < list_start[parent + 1]; i++) {
      parent_state[list_document[i]][k] = list_quartile[i];
      parent_impact[list_document[i]][k] = (list_impact[i] - mean[parent]) / 64;
    }
  }
}

void learn_documents(int rank) {
  for (int64_t i = list_start[rank]; i < list_start[rank + 1]; i++) {
    residual[list_document[i]] += list_impact[i] - class_mean[class_of[rank]];
    seen[list_document[i]]++;
  }
  seen_in_all += frequency[rank];
}
