package import Codecs

/// Turns passages into what is indexed of them: the native engine here, child processes in `Backends`.
///
/// A call gets all passages of a chunk, in order, and answers for each of them, in order. The encoder composes its own
/// batches, the same way every time, and may keep several of them in flight. What a passage gives must not depend on
/// its neighbours. Any number of threads may call at once. It throws `ExitCoded` errors that name the model or the
/// command; a passage without tokens is no error.
package protocol PassageEncoder: Sendable {
  /// Of all that decides the output: weights, tokenizer, precision, or what a child process says it is.
  var digest: Fingerprint { get }
}

/// One weight for each of some terms of a vocabulary.
package protocol SparseEncoder: PassageEncoder {
  /// The bytes of a term of the vocabulary; `nil` for a number that is none.
  func term(_ id: Int32) -> [UInt8]?
  /// (passages): finite weights; what is 0 may be there or not.
  func encode(_ input: EncoderInput) throws -> [SparseVector]
}

/// One vector for each passage.
package protocol DenseEncoder: PassageEncoder {
  var dimension: Int { get }
  /// (passages, dimension): finite.
  func encode(_ input: EncoderInput) throws -> [Float]
}

/// One vector for each token of a passage that counts.
package protocol TokenVectorEncoder: PassageEncoder {
  var dimension: Int { get }
  func encode(_ input: EncoderInput) throws -> TokenVectors
}

/// Terms that a passage lacks and should be found by.
package protocol Expander: PassageEncoder {
  /// (passages).
  func expand(_ input: EncoderInput) throws -> [Expansion]
}
