// Elements of stored tensors as floats, and sums of embeddings.

INLINE vf load_as(const char *p, int element) {
  switch (element) {
    case CK_F16: {
      typedef _Float16 halves __attribute__((ext_vector_type(W)));
      typedef halves halves_any __attribute__((aligned(1), may_alias));
      return __builtin_convertvector(*(const halves_any *)p, vf);
    }
    case CK_BF16: return (vf)(__builtin_convertvector(*(const vh_any *)p, vu) << 16);
    case CK_I8: return __builtin_convertvector(*(const vb_any *)p, vf);
    default: return *(const vf_any *)p;
  }
}

INLINE ck_index size_of(int element) { return element == CK_F32 ? 4 : element == CK_I8 ? 1 : 2; }

static void to_f32(const void *values, int element, ck_index count, float *out) {
  ck_index i = 0, size = size_of(element);
  const char *bytes = values;
  for (; i + W <= count; i += W) store(out + i, load_as(bytes + i * size, element));
  if (i < count) ck_functions_portable.to_f32(bytes + i * size, element, count - i, out + i);
}

static void from_f32(const float *values, ck_index count, int element, void *out) {
  ck_index i = 0, size = size_of(element);
  char *bytes = out;
  if (element == CK_F16) {
    typedef _Float16 halves __attribute__((ext_vector_type(W)));
    typedef halves halves_any __attribute__((aligned(1), may_alias));
    for (; i + W <= count; i += W)
      *(halves_any *)(bytes + 2 * i) = __builtin_convertvector(load(values + i), halves);
  } else if (element == CK_BF16) {
    for (; i + W <= count; i += W) {
      vu bits = *(const vu *)&(vi){0};
      bits = (vu) * (const vi_any *)(values + i);
      vu rounded = (bits + 0x7fff + ((bits >> 16) & 1)) >> 16;
      vu nan = (bits >> 16) | 0x40;
      rounded = (bits & 0x7fffffff) > 0x7f800000 ? nan : rounded;
      *(vh_any *)(bytes + 2 * i) = __builtin_convertvector(rounded, vh);
    }
  }
  if (i < count) ck_functions_portable.from_f32(values + i, count - i, element, bytes + i * size);
}

// Words' rows are anywhere in a table that no cache holds: fetched this many tokens before they are read.
#define WORDS_AHEAD 4

static void embed(ck_table words, ck_table positions, ck_table types, const int32_t *ids, const int32_t *type_ids,
                  const ck_index *offsets, ck_index sequences, ck_index first_position, ck_index width, float *out,
                  ck_index out_stride) {
  ck_index whole = width / W * W, tokens = offsets[sequences], row = width * size_of(words.element);
  for (ck_index s = 0; s < sequences; s++) {
    for (ck_index t = offsets[s]; t < offsets[s + 1]; t++) {
      if (t + WORDS_AHEAD < tokens)
        for (ck_index i = 0; i < row; i += 64)
          __builtin_prefetch((const char *)words.rows + ids[t + WORDS_AHEAD] * row + i);
      ck_index position = first_position + t - offsets[s], type = type_ids ? type_ids[t] : 0;
      const char *word = (const char *)words.rows + ids[t] * row;
      const char *at = positions.rows ? (const char *)positions.rows + position * width * size_of(positions.element)
                                      : NULL;
      const char *kind = types.rows ? (const char *)types.rows + type * width * size_of(types.element) : NULL;
      float *y = out + t * out_stride;
      for (ck_index i = 0; i < whole; i += W) {
        vf v = load_as(word + i * size_of(words.element), words.element);
        if (kind) v += load_as(kind + i * size_of(types.element), types.element);
        if (at) v += load_as(at + i * size_of(positions.element), positions.element);
        store(y + i, v);
      }
      for (ck_index i = whole; i < width; i++) {
        float value, more;
        ck_functions_portable.to_f32(word + i * size_of(words.element), words.element, 1, &value);
        if (kind) {
          ck_functions_portable.to_f32(kind + i * size_of(types.element), types.element, 1, &more);
          value += more;
        }
        if (at) {
          ck_functions_portable.to_f32(at + i * size_of(positions.element), positions.element, 1, &more);
          value += more;
        }
        y[i] = value;
      }
    }
  }
}
