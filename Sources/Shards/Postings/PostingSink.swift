/// Where sorted postings stream to: the files of a shard, or a run.
///
/// Per term: `begin`, then any number of `append`, then `endTerm`. Terms ascend as bytes, documents ascend within a
/// term. A term without postings leaves no trace.
package protocol PostingSink: AnyObject {
  func begin(term: [UInt8]) throws
  /// Appends `range` of both arrays. Throws `PostingsError` and `FileError`.
  func append(documents: [UInt32], impacts: [Float], in range: Range<Int>) throws
  func endTerm() throws
}
