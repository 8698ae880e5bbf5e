internal import Codecs
internal import Kernels

/// Runs `body`; an offset or length in the file at `path` that points nowhere becomes `FormatError.corrupt`.
@inline(__always)
func asCorruption<R>(of path: @autoclosure () -> String, _ body: () throws -> R) throws -> R {
  do {
    return try body()
  } catch {
    throw corruption(of: path(), error)
  }
}

/// `FormatError.corrupt` for an error of decoding, else `error`.
func corruption(of path: String, _ error: any Error) -> any Error {
  switch error {
  case let error as ByteView.OutOfBounds: FormatError.corrupt(path: path, detail: error.description)
  case let error as VarintList.Malformed: FormatError.corrupt(path: path, detail: error.description)
  case is LZ4Block.Corrupt: FormatError.corrupt(path: path, detail: "a compressed block does not decode")
  default: error
  }
}
