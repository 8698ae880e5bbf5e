internal import Codecs
internal import Encoders
internal import Inference
internal import Kernels

/// Which passages go together: neighbours in length, longest first, so that a worker pads little and its memory peaks at
/// once. Depends on the passages and the limits alone.
struct BatchComposition {
  private let input: EncoderInput
  /// Passages, at most.
  private let rows: Int
  /// Bytes, at most, unless one passage has more.
  private let bytes: Int

  /// Throws `BackendError` `.refused` if the worker does not take such an input.
  init(_ input: EncoderInput, greeting: Greeting, batch: Int, name: String) throws(BackendError) {
    self.input = input
    rows = min(batch, greeting.limits?.batch ?? batch)
    bytes = greeting.batchBytes
    let needed: Greeting.Input = if case .texts = input { .texts } else { .tokens }
    guard greeting.takes.contains(needed) else {
      throw BackendError(
        .refused, name, "it takes \(greeting.takes.map(\.rawValue).joined(separator: ", ")), not \(needed.rawValue)")
    }
  }

  var kind: Frame.Kind { if case .texts = input { .texts } else { .tokens } }

  private func size(_ row: Int) -> Int {
    switch input {
    case .texts(let texts): Int(texts.offsets[row + 1] - texts.offsets[row])
    case .tokens(let tokens): 4 * (tokens.offsets[row + 1] - tokens.offsets[row])
    }
  }

  func batches(of wanted: [Int]) -> [[Int]] {
    let ordered = wanted.map { (row: $0, size: size($0)) }.sorted { ($1.size, $0.row) < ($0.size, $1.row) }
    var batches: [[Int]] = []
    var total = 0
    for (row, size) in ordered {
      if let last = batches.last, last.count < rows, total + size <= bytes {
        batches[batches.count - 1].append(row)
        total += size
      } else {
        batches.append([row])
        total = size
      }
    }
    return batches
  }

  func payload(_ rows: [Int]) -> [UInt8] {
    var payload: [UInt8] = []
    payload.reserveCapacity(rows.reduce(4 * rows.count) { $0 + size($1) })
    switch input {
    case .texts(let texts):
      for row in rows { payload.appendLittleEndian(UInt32(size(row))) }
      for row in rows { payload += texts[row] }
    case .tokens(let tokens):
      for row in rows { payload.appendLittleEndian(UInt32(size(row) / 4)) }
      for row in rows {
        payload.appendLittleEndian(contentsOf: Array(tokens.tokens[tokens.offsets[row]..<tokens.offsets[row + 1]]))
      }
    }
    return payload
  }
}
