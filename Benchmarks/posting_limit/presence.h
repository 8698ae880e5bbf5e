// The model of presence: is this document in the list?
#pragma once
#include "contexts.h"

typedef struct PresenceModel PresenceModel;
PresenceModel *new_presence(void);
void free_presence(PresenceModel *model);

/// Bits of a list's documents. Leaves `log_odds` to the model of impacts, of documents as far as the list's last.
double presence_bits(PresenceModel *model, const List *list);
