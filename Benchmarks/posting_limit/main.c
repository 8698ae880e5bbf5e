// How few bits a posting can take: code lengths of an inverted index under a mixing model (scripts/posting_limit.py).
//
//     posting_limit FILE.csr EMBEDDINGS STEP      one line of JSON a set of contexts
//
// No codec: each binary decision (is this document in the list? is this bit of the impact set?) gets a probability from
// adaptive tables joined by logistic mixing (as PAQ does), and costs -log2 of it; only then are tables and weights
// updated. So a decoder running the same model would reach the length (up to the rounding of its arithmetic),
// provided every context is known to it by then. The decoder knows, in this order:
// - from the dictionary: the terms, their document frequencies, the number of documents; lists are coded by falling
//   frequency ("rank"), and a list ends with its last posting, so nothing is coded after it (lists.h);
// - a term's class, its parents (lists of smaller rank) and the strength of each: paid for here, in column `sides`
//   (parents.h, sides.h);
// - presence, document by document: the history of the list; parents' lists, whole; what lists of smaller rank say of
//   the document: how many it is in, its embedding and its neighbours among the documents before it (presence.c);
// - impacts, posting by posting: as above, and the list's presence, whole (impacts.c).
// Lengths of documents are *not* known. With STEP > 1, one term in STEP is coded; the others count as decoded before.
#include "contexts.h"
#include "impacts.h"
#include "input.h"
#include "mixer.h"
#include "presence.h"
#include "sides.h"

static void measure(const Contexts *contexts, int step) {
  PresenceModel *presence = new_presence();
  ImpactModel *impacts = new_impacts();
  Sides sides = {.named = array(terms, 8)};
  forget_documents();
  double presence_sum = 0, impact_sum = 0, side_sum = 0;
  int64_t counted = 0;
  for (int rank = 0; rank < terms; rank++) {
    List list = list_of(rank, contexts);
    double side = side_bits(&sides, rank, list.density, list.parents);
    if (rank % step == (rank / step) % step) {
      look_up(&list, contexts);
      presence_sum += presence_bits(presence, &list);
      impact_sum += impact_bits(impacts, &list);
      side_sum += side, counted += frequency[rank];
    }
    learn_documents(rank);
  }
  printf("{\"contexts\": \"%s\", \"presence\": %.4f, \"impacts\": %.4f, \"sides\": %.4f, \"counted\": %lld}\n",
         contexts->name, presence_sum / counted, impact_sum / counted, side_sum / counted, (long long)counted);
  fflush(stdout);
  free_presence(presence), free_impacts(impacts), free(sides.named);
}

int main(int count, char **arguments) {
  int step = count == 4 ? atoi(arguments[3]) : 0;
  if (step < 1) { fprintf(stderr, "usage: posting_limit FILE.csr EMBEDDINGS STEP\n"); return 2; }
  load(arguments[1]);
  load_contexts(arguments[2]);
  make_tables();
  classify();
  find_candidates();
  choose_parents();
  static const Contexts rows[] = {
    {"history and class", 0, 0, 0}, {"+ document", 0, 1, 0}, {"+ 1 parent", 1, 1, 0}, {"+ 2 parents", 2, 1, 0},
    {"everything", 2, 1, 1} };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) measure(rows + i, step);
}
