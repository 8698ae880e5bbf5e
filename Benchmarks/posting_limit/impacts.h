// The model of impacts: 8 bits a posting, the highest first.
#pragma once
#include "contexts.h"

typedef struct ImpactModel ImpactModel;
ImpactModel *new_impacts(void);
void free_impacts(ImpactModel *model);

/// Bits of a list's impacts; after presence_bits of the same list.
double impact_bits(ImpactModel *model, const List *list);
