// The oracle: each function as its definition says, in plain C.
#include "internal.h"
#include <stdlib.h>

static float activated(float x, int activation) {
  switch (activation) {
    case CK_RELU: return x > 0 ? x : 0;
    case CK_ROUGH_GELU: return ck_rough_gelu(x);
    case CK_GELU: return 0.5f * x * (1 + erff(x * 0.70710678118654752f));
    case CK_GELU_TANH: return 0.5f * x * (1 + tanhf(0.79788456080286536f * (x + 0.044715f * x * x * x)));
    case CK_TANH: return tanhf(x);
    case CK_SIGMOID: return 1 / (1 + expf(-x));
    case CK_SOFTPLUS: return (x > 0 ? x : 0) + log1pf(expf(-fabsf(x)));
    case CK_LOG1P_RELU: return log1pf(x > 0 ? x : 0);
    case CK_LOG1P2_RELU: return log1pf(log1pf(x > 0 ? x : 0));
    default: return x;
  }
}

static void activate(float *values, ck_index count, int activation) {
  for (ck_index i = 0; i < count; i++) values[i] = activated(values[i], activation);
}

// A row of inputs as the matrix multiplies it: fp32 as it is, bf16 rounded, int8 as integers.
typedef struct {
  float *floats;
  int32_t *integers;
  float scale;
  int32_t zero;
} row_of_inputs;

static void prepare(const ck_matrix *m, const float *input, row_of_inputs *row) {
  if (m->precision == CK_PRECISION_FP32) {
    memcpy(row->floats, input, (size_t)m->inputs * sizeof(float));
  } else if (m->precision == CK_PRECISION_BF16) {
    for (ck_index k = 0; k < m->inputs; k++) row->floats[k] = ck_float_of_bf16(ck_bf16_of(input[k]));
  } else {
    float low = 0, high = 0, inverse;
    for (ck_index k = 0; k < m->inputs; k++) {
      low = input[k] < low ? input[k] : low;
      high = input[k] > high ? input[k] : high;
    }
    ck_row_scale(low, high, (float)m->levels, &row->scale, &inverse, &row->zero);
    for (ck_index k = 0; k < m->inputs; k++) {
      int32_t q = (int32_t)rintf(input[k] * inverse) + row->zero;
      row->integers[k] = q < 0 ? 0 : q > m->levels ? m->levels : q;
    }
  }
}

static float product(const ck_matrix *m, const row_of_inputs *row, ck_index output) {
  ck_index width = m->groups * m->group;
  if (m->precision == CK_PRECISION_INT8) {
    const int8_t *weights = (const int8_t *)m->weights + output * width;
    int32_t sum = 0;
    for (ck_index k = 0; k < m->inputs; k++) sum += row->integers[k] * weights[k];
    return (float)(sum - row->zero * m->sums[output]) * (row->scale * m->scales[output]);
  }
  float sum = 0;
  if (m->precision == CK_PRECISION_BF16) {
    const uint16_t *weights = (const uint16_t *)m->weights + output * width;
    for (ck_index k = 0; k < m->inputs; k++) sum += row->floats[k] * ck_float_of_bf16(weights[k]);
  } else {
    const float *weights = (const float *)m->weights + output * width;
    for (ck_index k = 0; k < m->inputs; k++) sum += row->floats[k] * weights[k];
  }
  return sum;
}

static row_of_inputs new_row(const ck_matrix *m) {
  float *memory = ck_scratch(0, (size_t)m->inputs * 8 + 64);
  return (row_of_inputs){memory, (int32_t *)(memory + m->inputs), 0, 0};
}

static void layer_norm(const float *input, ck_index input_stride, const float *residual, ck_index residual_stride,
                       ck_index rows, ck_index width, const float *gamma, const float *beta, float epsilon, float *out,
                       ck_index out_stride) {
  for (ck_index r = 0; r < rows; r++) {
    const float *x = input + r * input_stride, *more = residual ? residual + r * residual_stride : NULL;
    float *y = out + r * out_stride;
    double sum = 0, squares = 0;
    for (ck_index i = 0; i < width; i++) {
      y[i] = x[i] + (more ? more[i] : 0);
      sum += y[i];
    }
    double mean = sum / (double)width;
    for (ck_index i = 0; i < width; i++) squares += (y[i] - mean) * (y[i] - mean);
    double inverse = 1 / sqrt(squares / (double)width + epsilon);
    for (ck_index i = 0; i < width; i++) y[i] = (float)((y[i] - mean) * inverse) * gamma[i] + beta[i];
  }
}

static void multiply(const ck_matrix *m, const float *input, ck_index input_stride, ck_index rows, float *out,
                     ck_index out_stride, const ck_epilogue *e) {
  row_of_inputs row = new_row(m);
  int activation = ck_activation(m, e->activation);
  for (ck_index r = 0; r < rows; r++) {
    prepare(m, input + r * input_stride, &row);
    for (ck_index o = 0; o < m->outputs; o++) {
      float value = activated(product(m, &row, o) + (e->bias ? e->bias[o] : 0), activation);
      out[r * out_stride + o] = value + (e->residual ? e->residual[r * e->residual_stride + o] : 0);
    }
  }
  if (e->gamma)
    layer_norm(out, out_stride, NULL, 0, rows, m->outputs, e->gamma, e->beta, e->epsilon, out, out_stride);
}

static void pooled(const ck_matrix *m, const float *input, ck_index input_stride, const ck_index *offsets,
                   ck_index sequences, float *out, ck_index out_stride, const ck_head *h) {
  row_of_inputs row = new_row(m);
  for (ck_index s = 0; s < sequences; s++) {
    float *y = out + s * out_stride;
    memset(y, 0, (size_t)m->outputs * sizeof(float));
    int any = 0;
    ck_index end = h->pooling == CK_POOL_FIRST && offsets[s] < offsets[s + 1] ? offsets[s] + 1 : offsets[s + 1];
    for (ck_index t = offsets[s]; t < end; t++) {
      if (h->counted && !h->counted[t]) continue;
      prepare(m, input + t * input_stride, &row);
      for (ck_index o = 0; o < m->outputs; o++) {
        float value = product(m, &row, o) + (h->bias ? h->bias[o] : 0);
        value = activated(h->scales ? value * h->scales[t] : value, h->activation);
        if (h->pooling == CK_POOL_SUM) y[o] += value;
        else if (!any || value > y[o]) y[o] = value;
      }
      any = 1;
    }
  }
}

static void attention(const float *q, const float *k, const float *v, ck_index stride, const ck_index *offsets,
                      ck_index sequences, ck_index heads, ck_index width, float scale, int precision, float *out,
                      ck_index out_stride) {
  (void)precision;
  for (ck_index s = 0; s < sequences; s++) {
    ck_index start = offsets[s], tokens = offsets[s + 1] - start;
    float *weights = ck_scratch(0, (size_t)tokens * sizeof(float) + 64);
    for (ck_index h = 0; h < heads; h++) {
      for (ck_index i = 0; i < tokens; i++) {
        const float *query = q + (start + i) * stride + h * width;
        float largest = -INFINITY, total = 0;
        for (ck_index j = 0; j < tokens; j++) {
          const float *key = k + (start + j) * stride + h * width;
          float dot = 0;
          for (ck_index d = 0; d < width; d++) dot += query[d] * key[d];
          weights[j] = dot * scale;
          largest = weights[j] > largest ? weights[j] : largest;
        }
        for (ck_index j = 0; j < tokens; j++) total += weights[j] = expf(weights[j] - largest);
        float *y = out + (start + i) * out_stride + h * width;
        for (ck_index d = 0; d < width; d++) y[d] = 0;
        for (ck_index j = 0; j < tokens; j++) {
          const float *value = v + (start + j) * stride + h * width;
          for (ck_index d = 0; d < width; d++) y[d] += weights[j] * value[d];
        }
        for (ck_index d = 0; d < width; d++) y[d] /= total;
      }
    }
  }
}

static void to_f32(const void *values, int element, ck_index count, float *out) {
  const char *bytes = values;
  for (ck_index i = 0; i < count; i++) {
    uint16_t half = 0;
    if (element == CK_F16 || element == CK_BF16) memcpy(&half, bytes + 2 * i, 2);
    if (element == CK_F16) out[i] = ck_float_of_f16(half);
    else if (element == CK_BF16) out[i] = ck_float_of_bf16(half);
    else if (element == CK_I8) out[i] = (float)((const int8_t *)values)[i];
    else memcpy(out + i, bytes + 4 * i, 4);
  }
}

static void from_f32(const float *values, ck_index count, int element, void *out) {
  char *bytes = out;
  for (ck_index i = 0; i < count; i++) {
    uint16_t half = element == CK_F16 ? ck_f16_of(values[i]) : ck_bf16_of(values[i]);
    if (element == CK_F16 || element == CK_BF16) memcpy(bytes + 2 * i, &half, 2);
    else if (element == CK_F32) memcpy(bytes + 4 * i, values + i, 4);
    else {
      float q = rintf(values[i]);
      ((int8_t *)out)[i] = q >= 127 ? 127 : q > -128 ? (int8_t)q : -128;
    }
  }
}

static float element_at(ck_table table, ck_index index) {
  float value;
  to_f32((const char *)table.rows + index * (table.element == CK_F32 ? 4 : table.element == CK_I8 ? 1 : 2),
         table.element, 1, &value);
  return value;
}

static void embed(ck_table words, ck_table positions, ck_table types, const int32_t *ids, const int32_t *type_ids,
                  const ck_index *offsets, ck_index sequences, ck_index first_position, ck_index width, float *out,
                  ck_index out_stride) {
  for (ck_index s = 0; s < sequences; s++) {
    for (ck_index t = offsets[s]; t < offsets[s + 1]; t++) {
      ck_index position = first_position + t - offsets[s], type = type_ids ? type_ids[t] : 0;
      for (ck_index i = 0; i < width; i++) {
        float value = element_at(words, ids[t] * width + i);
        if (types.rows) value += element_at(types, type * width + i);
        if (positions.rows) value += element_at(positions, position * width + i);
        out[t * out_stride + i] = value;
      }
    }
  }
}

static void pool(const float *input, ck_index input_stride, const ck_index *offsets, ck_index sequences, ck_index width,
                 const uint8_t *counted, int pooling, float *out, ck_index out_stride) {
  for (ck_index s = 0; s < sequences; s++) {
    float *y = out + s * out_stride;
    for (ck_index i = 0; i < width; i++) y[i] = 0;
    ck_index n = 0;
    for (ck_index t = offsets[s]; t < offsets[s + 1]; t++) {
      if (counted && !counted[t]) continue;
      const float *x = input + t * input_stride;
      for (ck_index i = 0; i < width; i++) {
        if (pooling == CK_POOL_MAX) y[i] = !n || x[i] > y[i] ? x[i] : y[i];
        else if (pooling == CK_POOL_LAST || (pooling == CK_POOL_FIRST && !n)) y[i] = x[i];
        else if (pooling != CK_POOL_FIRST) y[i] += x[i];
      }
      n++;
    }
    if (pooling == CK_POOL_MEAN && n)
      for (ck_index i = 0; i < width; i++) y[i] /= (float)n;
  }
}

static void normalize(float *values, ck_index stride, ck_index rows, ck_index width, float epsilon) {
  for (ck_index r = 0; r < rows; r++) {
    float *x = values + r * stride;
    double squares = 0;
    for (ck_index i = 0; i < width; i++) squares += (double)x[i] * x[i];
    float length = (float)sqrt(squares);
    length = length > epsilon ? length : epsilon;
    for (ck_index i = 0; i < width; i++) x[i] /= length;
  }
}

static void dots(const float *query, const void *rows, int element, ck_index stride, ck_index count, ck_index width,
                 float *out) {
  ck_table table = {rows, element};
  for (ck_index r = 0; r < count; r++) {
    float sum = 0;
    for (ck_index i = 0; i < width; i++) sum += query[i] * element_at(table, r * stride + i);
    out[r] = sum;
  }
}

static void dot_f32(const float *query, const void *rows, ck_index stride, ck_index count, ck_index width, float *out) {
  dots(query, rows, CK_F32, stride, count, width, out);
}

static void dot_f16(const float *query, const void *rows, ck_index stride, ck_index count, ck_index width, float *out) {
  dots(query, rows, CK_F16, stride, count, width, out);
}

static void dot_i8(const int8_t *query, const void *rows, ck_index stride, ck_index count, ck_index width, int32_t *out) {
  for (ck_index r = 0; r < count; r++) {
    const int8_t *x = (const int8_t *)rows + r * stride;
    int32_t sum = 0;
    for (ck_index i = 0; i < width; i++) sum += query[i] * x[i];
    out[r] = sum;
  }
}

static void distance_f32(const float *query, const void *rows, ck_index stride, ck_index count, ck_index width,
                         float *out) {
  ck_table table = {rows, CK_F32};
  for (ck_index r = 0; r < count; r++) {
    float sum = 0;
    for (ck_index i = 0; i < width; i++) {
      float difference = query[i] - element_at(table, r * stride + i);
      sum += difference * difference;
    }
    out[r] = sum;
  }
}

const ck_functions ck_functions_portable = {
    .multiply = multiply, .pooled = pooled, .attention = attention, .layer_norm = layer_norm, .embed = embed,
    .activate = activate, .pool = pool, .normalize = normalize, .dot_f32 = dot_f32, .dot_f16 = dot_f16,
    .dot_i8 = dot_i8, .distance_f32 = distance_f32, .to_f32 = to_f32, .from_f32 = from_f32,
};
