internal import CZlib

/// Inflates one raw deflate stream (RFC 1951, as in a zip file) through zlib, piece by piece.
package enum RawInflate {
  package struct Fault: Error, CustomStringConvertible {
    package let description: String
  }

  /// - Parameters:
  ///   - input: the whole compressed stream and nothing else.
  ///   - size: what it must unfold to; not one byte more is ever made.
  ///   - sink: takes the pieces in order.
  /// - Throws: `Fault` if the stream is damaged, is longer or shorter than said, or leaves input over; what `sink` throws.
  package static func inflate(_ input: ByteView, size: Int, _ sink: ([UInt8]) throws -> Void) throws {
    let stream = Stream()
    var consumed = 0
    var produced = 0
    var piece = [UInt8](repeating: 0, count: 1 << 18)
    while true {
      let count = min(1 << 18, input.count - consumed)
      let source = try input.bytes(consumed, count)
      let step = stream.step(source, into: &piece)
      consumed += step.consumed
      produced += step.produced
      guard produced <= size else { throw Fault(description: "unfolds to more than \(size) bytes") }
      if step.produced > 0 { try sink(Array(piece[..<step.produced])) }
      if step.code == Z_STREAM_END { break }
      guard step.code == Z_OK, step.consumed + step.produced > 0 else {
        throw Fault(
          description: step.code == Z_OK || step.code == Z_BUF_ERROR ? "ends too early" : "is no deflate stream")
      }
    }
    guard produced == size else { throw Fault(description: "unfolds to \(produced) bytes, not \(size)") }
    guard consumed == input.count else { throw Fault(description: "leaves \(input.count - consumed) bytes over") }
  }

  @safe private final class Stream {
    /// On the heap because zlib stores the address of this struct in its state and checks it.
    private let stream: UnsafeMutablePointer<z_stream>

    init() {
      // One z_stream is allocated, initialised here and freed in deinit, by nobody else.
      unsafe stream = .allocate(capacity: 1)
      unsafe stream.initialize(to: z_stream())
      // -15: the largest window, no header. The version and size are those this file was compiled with.
      let code = unsafe inflateInit2_(stream, -15, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
      precondition(code == Z_OK, "zlib cannot start: out of memory or another version than compiled with")
    }

    deinit {
      // Initialised by inflateInit2_ and not used after.
      unsafe inflateEnd(stream)
      unsafe stream.deallocate()
    }

    func step(_ input: [UInt8], into output: inout [UInt8]) -> (code: Int32, consumed: Int, produced: Int) {
      let room = output.count
      // Both pointers are used during `inflate` only, and both counts are those of the arrays. zlib does not write to
      // next_in although its type is mutable.
      let code = unsafe input.withUnsafeBufferPointer { source in
        unsafe output.withUnsafeMutableBufferPointer { target in
          unsafe stream.pointee.next_in = UnsafeMutablePointer(mutating: source.baseAddress)
          unsafe stream.pointee.avail_in = UInt32(source.count)
          unsafe stream.pointee.next_out = target.baseAddress
          unsafe stream.pointee.avail_out = UInt32(target.count)
          return unsafe CZlib.inflate(stream, Z_NO_FLUSH)
        }
      }
      return (
        code, input.count - Int(unsafe stream.pointee.avail_in), room - Int(unsafe stream.pointee.avail_out)
      )
    }
  }
}
