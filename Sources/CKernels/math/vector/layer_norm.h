// LayerNorm: mean and variance in two passes over a row, sums by lane and then over the lanes in a fixed order.

static void layer_norm(const float *input, ck_index input_stride, const float *residual, ck_index residual_stride,
                       ck_index rows, ck_index width, const float *gamma, const float *beta, float epsilon, float *out,
                       ck_index out_stride) {
  ck_index whole = width / W * W, rest = width - whole;
  for (ck_index r = 0; r < rows; r++) {
    const float *x = input + r * input_stride, *more = residual ? residual + r * residual_stride : NULL;
    float *y = out + r * out_stride;
    vf sums = splat(0), squares = splat(0), tail = splat(0);
    for (ck_index i = 0; i < whole; i += W) {
      vf v = load(x + i);
      if (more) v += load(more + i);
      store(y + i, v);
      sums += v;
    }
    if (rest) {
      tail = load_some(x + whole, rest);
      if (more) tail += load_some(more + whole, rest);
      sums += tail;
    }
    vf mean = splat(sum_of(sums) / (float)width);
    for (ck_index i = 0; i < whole; i += W) {
      vf v = load(y + i) - mean;
      squares = multiply_add(v, v, squares);
    }
    for (ck_index i = 0; i < rest; i++) {
      float v = tail[i] - mean[0];
      squares[i] += v * v;
    }
    vf inverse = splat(1 / sqrtf(sum_of(squares) / (float)width + epsilon));
    for (ck_index i = 0; i < whole; i += W)
      store(y + i, multiply_add((load(y + i) - mean) * inverse, load(gamma + i), load(beta + i)));
    if (rest)
      store_some(y + whole, multiply_add((tail - mean) * inverse, load_some(gamma + whole, rest), load_some(beta + whole, rest)),
                 rest);
  }
}
