// Pooling, normalization, dot products.

static void pool(const float *input, ck_index input_stride, const ck_index *offsets, ck_index sequences,
                 ck_index width, const uint8_t *counted, int pooling, float *out, ck_index out_stride) {
  ck_index whole = pooling == CK_POOL_MEAN || pooling == CK_POOL_SUM ? width / W * W : 0;
  for (ck_index s = 0; s < sequences; s++) {
    float *y = out + s * out_stride;
    ck_index n = 0;
    for (ck_index t = offsets[s]; t < offsets[s + 1]; t++) n += !counted || counted[t];
    for (ck_index i = 0; i < whole; i += W) {
      vf sum = splat(0);
      for (ck_index t = offsets[s]; t < offsets[s + 1]; t++)
        if (!counted || counted[t]) sum += load(input + t * input_stride + i);
      store(y + i, pooling == CK_POOL_MEAN && n ? sum / splat((float)n) : sum);
    }
  }
  if (whole < width)
    ck_functions_portable.pool(input + whole, input_stride, offsets, sequences, width - whole, counted, pooling, out + whole,
                               out_stride);
}

static void normalize(float *values, ck_index stride, ck_index rows, ck_index width, float epsilon) {
  ck_functions_portable.normalize(values, stride, rows, width, epsilon);
}

// Four sums a row, added at the end in a fixed order.
INLINE void dots(const float *query, const char *rows, const int element, ck_index stride, ck_index count,
                 ck_index width, float *out, const int squared_distance) {
  ck_index size = size_of(element);
  for (ck_index r = 0; r < count; r++) {
    const char *x = rows + r * stride * size;
    vf sums[4] = {splat(0), splat(0), splat(0), splat(0)};
    ck_index i = 0;
    for (; i + 4 * W <= width; i += 4 * W) {
#pragma clang loop unroll(full)
      for (int j = 0; j < 4; j++) {
        vf a = load(query + i + j * W), b = load_as(x + (i + j * W) * size, element);
        if (squared_distance) a -= b, b = a;
        sums[j] = multiply_add(a, b, sums[j]);
      }
    }
    for (; i + W <= width; i += W) {
      vf a = load(query + i), b = load_as(x + i * size, element);
      if (squared_distance) a -= b, b = a;
      sums[0] = multiply_add(a, b, sums[0]);
    }
    float rest = 0;
    for (; i < width; i++) {
      float b;
      if (element == CK_F16) {
        uint16_t half;
        memcpy(&half, x + 2 * i, 2);
        b = ck_float_of_f16(half);
      } else {
        memcpy(&b, x + 4 * i, 4);
      }
      float a = query[i];
      if (squared_distance) a -= b, b = a;
      rest += a * b;
    }
    out[r] = sum_of((sums[0] + sums[1]) + (sums[2] + sums[3])) + rest;
  }
}

static void dot_f32(const float *query, const void *rows, ck_index stride, ck_index count, ck_index width, float *out) {
  dots(query, rows, CK_F32, stride, count, width, out, 0);
}

static void dot_f16(const float *query, const void *rows, ck_index stride, ck_index count, ck_index width, float *out) {
  dots(query, rows, CK_F16, stride, count, width, out, 0);
}

static void distance_f32(const float *query, const void *rows, ck_index stride, ck_index count, ck_index width,
                         float *out) {
  dots(query, rows, CK_F32, stride, count, width, out, 1);
}

// The compiler turns this into sign extensions and 16-bit multiply-adds.
static void dot_i8(const int8_t *query, const void *rows, ck_index stride, ck_index count, ck_index width,
                   int32_t *out) {
  for (ck_index r = 0; r < count; r++) {
    const int8_t *x = (const int8_t *)rows + r * stride;
    int32_t sum = 0;
#pragma clang loop vectorize(enable) interleave_count(2)
    for (ck_index i = 0; i < width; i++) sum += (int32_t)query[i] * x[i];
    out[r] = sum;
  }
}
