/// One step of a decompression library, hidden behind the same words for all of them.
protocol FrameDecoder {
  /// Whether everything handed over so far ends with a whole frame.
  var isAtFrameEnd: Bool { get }

  /// Decodes some of `input[consumed..<inputEnd]` into `output[produced...]` and moves both positions.
  ///
  /// Goes on with the next frame when one has ended. With no input it hands out what it still holds.
  /// - Throws: `DecoderFault` in the library's words.
  mutating func step(
    input: [UInt8], _ consumed: inout Int, _ inputEnd: Int, output: inout [UInt8], _ produced: inout Int
  ) throws(DecoderFault)
}

/// What a decoder says is wrong with its input.
struct DecoderFault: Error {
  let detail: String
}

/// The uncompressed bytes of a file of one or more compressed frames.
///
/// Memory: one input block of 256 KiB and the decoder's window.
final class DecompressedStream<Decoder: FrameDecoder>: ByteStream {
  private let file: InputFile
  private let limit: ExpansionLimit
  private var decoder: Decoder
  private var input = [UInt8](repeating: 0, count: 256 << 10)
  private var consumed = 0
  private var inputEnd = 0
  /// Position in the file of `input[0]`.
  private var inputOffset: UInt64 = 0
  private var produced: UInt64 = 0

  init(_ file: InputFile, _ decoder: Decoder, limit: ExpansionLimit) {
    self.file = file
    self.decoder = decoder
    self.limit = limit
  }

  func read(into buffer: inout [UInt8], at start: Int) throws(StreamError) -> Int {
    var position = start
    while position < buffer.count {
      if consumed == inputEnd { try refill() }
      let before = (position, consumed)
      do {
        try decoder.step(input: input, &consumed, inputEnd, output: &buffer, &position)
      } catch {
        throw failure(.corrupt, error.detail)
      }
      produced += UInt64(position - before.0)
      if limit.isExceeded(produced: produced, consumed: inputOffset + UInt64(consumed)) {
        throw failure(
          .bomb, "unfolds to more than \(limit.ratio) times its size; raise limits.expansion if that is meant")
      }
      if before == (position, consumed) {
        if try isExhausted() { break }
      }
    }
    return position - start
  }

  /// Whether a step without progress means the end; otherwise the stream is damaged.
  private func isExhausted() throws(StreamError) -> Bool {
    guard consumed == inputEnd else { throw failure(.corrupt, "the decoder makes no progress") }
    guard decoder.isAtFrameEnd else { throw failure(.truncated, "the compressed stream ends in the middle of a frame") }
    return true
  }

  private func refill() throws(StreamError) {
    inputOffset += UInt64(inputEnd)
    consumed = 0
    inputEnd = 0
    inputEnd = try file.read(into: &input, 0..<input.count, from: inputOffset)
  }

  private func failure(_ kind: StreamError.Kind, _ detail: String) -> StreamError {
    StreamError(
      kind, path: file.path, offset: inputOffset + UInt64(consumed),
      "\(detail) (after \(produced) uncompressed bytes)")
  }
}
