internal import Codecs
internal import Kernels

/// Merges sorted runs into the lists of a shard, in bounded memory however many runs there are.
///
/// Terms come in byte order, within a term the runs in their order. Where the mappings keep documents ascending,
/// postings stream through; where they do not (documents were reordered), one term's postings at a time are sorted in
/// memory, at 8 bytes each. More runs than `memory` has room for are merged in several passes through intermediate
/// runs. Source: Knuth, The Art of Computer Programming 3, 5.4.1.
package struct PostingMerge {
  /// A run, and which documents of the shard its documents become.
  package struct Input: Sendable {
    package let path: String
    package let mapping: DocumentMapping

    package init(path: String, mapping: DocumentMapping) {
      self.path = path
      self.mapping = mapping
    }
  }

  /// What a cursor needs: a block, its compressed bytes, and a piece.
  package static let bytesPerRun = 256 << 10
  /// Below the usual limit of 1024 open files, whatever the memory.
  static let mostRuns = 500

  private struct Source {
    let path: String
    let mapping: DocumentMapping
    let shape: DocumentMapping.Shape
    /// An intermediate run, to be removed when it has been read.
    let isTemporary: Bool
  }

  private var sources: [Source] = []
  private let fanIn: Int
  private let folder: String
  private let impactKind: ImpactKind
  private let checkpoint: () throws -> Void

  /// - Parameters:
  ///   - inputs: at least the runs that have documents of this shard; all of one kind of impacts.
  ///   - memory: bytes for cursors; below 512 KiB it is taken as 512 KiB.
  ///   - temporaryFolder: an existing folder for intermediate runs, which are called `merge-*.run` and removed.
  ///   - checkpoint: called now and then; what it throws ends the merge.
  ///
  /// Throws `FileError`, `FormatError`, and `PostingsError.shape` if runs and mappings do not fit together.
  package init(
    inputs: [Input], impactKind: ImpactKind, memory: Int, temporaryFolder: String,
    checkpoint: @escaping () throws -> Void = {}
  ) throws {
    fanIn = max(2, min(Self.mostRuns, memory / Self.bytesPerRun))
    folder = temporaryFolder
    self.impactKind = impactKind
    self.checkpoint = checkpoint
    sources = try inputs.map { try Self.source($0, impactKind: impactKind) }.filter { $0.shape.range != nil }
  }

  private static func source(_ input: Input, impactKind: ImpactKind) throws -> Source {
    let run = try RunCursor(path: input.path)
    guard run.impactKind == impactKind else {
      throw PostingsError.shape("the impacts of \(input.path) are \(run.impactKind), those of the shard \(impactKind)")
    }
    switch input.mapping {
    case .table(let table) where table.count != run.documentCount:
      throw PostingsError.shape("\(input.path) has \(run.documentCount) documents, its mapping \(table.count)")
    case .shifted(let by) where Int(by) + run.documentCount >= UInt32.max:
      throw PostingsError.limit("a shard holds fewer than 2^32 - 1 documents; use more shards")
    default: break
    }
    return Source(
      path: input.path, mapping: input.mapping, shape: input.mapping.shape(documentCount: run.documentCount),
      isTemporary: false)
  }

  /// Streams everything into `sink`, which is not committed. Throws `FileError`, `FormatError` and `PostingsError`;
  /// intermediate runs are removed in any case.
  package func write(to sink: some PostingSink) throws {
    var sources = sources
    defer { for source in sources where source.isTemporary { try? FileSystem.removeFile(source.path) } }
    var pass = 0
    while sources.count > fanIn {
      try reduce(&sources, pass: pass)
      pass += 1
    }
    try merge(sources[...], into: sink)
  }

  /// One pass: neighbours are merged until there are few enough or each run was read once.
  private func reduce(_ sources: inout [Source], pass: Int) throws {
    var index = 0
    while index < sources.count, sources.count > fanIn {
      let count = min(fanIn, sources.count - fanIn + 1, sources.count - index)
      let group = sources[index..<index + count]
      let merged = try intermediate(group, path: "\(folder)/merge-\(pass)-\(index).run")
      let consumed = group.filter(\.isTemporary)
      sources.replaceSubrange(index..<index + count, with: [merged])
      for source in consumed { try FileSystem.removeFile(source.path) }
      index += 1
    }
  }

  /// Merges a group into a run whose documents are already the shard's.
  private func intermediate(_ group: ArraySlice<Source>, path: String) throws -> Source {
    let ranges = group.compactMap(\.shape.range)
    let lowest = ranges.map(\.lowerBound).min() ?? 0
    let highest = ranges.map(\.upperBound).max() ?? 0
    let writer = try RunWriter(path: path, documentCount: Int(highest) + 1, impactKind: impactKind)
    try merge(group, into: writer)
    _ = try writer.commit()
    return Source(
      path: path, mapping: .shifted(by: 0), shape: .init(range: lowest...highest, isMonotonic: true), isTemporary: true)
  }

  private func merge(_ sources: ArraySlice<Source>, into sink: some PostingSink) throws {
    let mappings = sources.map(\.mapping)
    let heap = try RunHeap(sources.map { try RunCursor(path: $0.path) })
    var merger = TermMerger(heap: heap, mappings: mappings, isSorted: Self.staysSorted(sources))
    var terms = 0
    while try merger.mergeTerm(into: sink) {
      terms += 1
      if terms % 1024 == 0 { try checkpoint() }
    }
  }

  /// Whether the runs one after the other give ascending documents.
  private static func staysSorted(_ sources: ArraySlice<Source>) -> Bool {
    var end: UInt32?
    for source in sources {
      guard let range = source.shape.range else { continue }
      if !source.shape.isMonotonic { return false }
      if let end, range.lowerBound <= end { return false }
      end = range.upperBound
    }
    return true
  }
}
