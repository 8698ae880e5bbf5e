internal import Codecs
internal import Kernels

/// What is wrong with an index.
package struct VerificationReport: Sendable {
  package struct Problem: Sendable, Hashable, CustomStringConvertible {
    package let path: String
    package let what: String
    package var description: String { "\(path): \(what)" }
  }

  /// Every problem, in the order of checking.
  package fileprivate(set) var problems: [Problem] = []
  /// What interrupted runs left beside the generations: harmless, removed by `gc`.
  package fileprivate(set) var strays: [String] = []
  /// The published generation, if there is one and the whole index was checked.
  package fileprivate(set) var current: Int?
  /// Generations, files and bytes that were checked.
  package fileprivate(set) var generations = 0
  package fileprivate(set) var files = 0
  package fileprivate(set) var bytes = 0

  package var isSound: Bool { problems.isEmpty }
}

/// Checks every bit of an index, and what its files say about each other. Goes on after a problem; never throws for
/// what it finds inside of the index, and never crashes.
package struct IndexVerifier {
  package enum Scope: Sendable { case all, current }

  private var report = VerificationReport()
  private let readsContent: Bool

  /// - Parameters:
  ///   - path: what `IndexLocation.resolve` takes; a generation's folder is checked alone.
  ///   - scope: every generation of an index, or the published one.
  ///   - readsContent: also reads every document, to find what was already wrong when it was written.
  /// Throws `IndexError` where no index is.
  package static func verify(
    _ path: String, scope: Scope = .all, readsContent: Bool = false
  ) throws -> VerificationReport {
    var verifier = IndexVerifier(readsContent: readsContent)
    if let index = try IndexLocation.index(path) {
      verifier.verify(index, scope: scope)
    } else {
      verifier.verifyGeneration(try IndexLocation.resolve(path).path)
    }
    return verifier.report
  }

  private init(readsContent: Bool) { self.readsContent = readsContent }

  private mutating func problem(_ path: String, _ what: String) {
    report.problems.append(.init(path: path, what: what))
  }

  /// Runs a check; what it throws is a problem of `path`.
  private mutating func attempt<T>(_ path: String, _ check: () throws -> T) -> T? {
    do { return try check() } catch FormatError.corrupt(let path, let detail) {
      problem(path, detail)
    } catch {
      problem(path, "\(error)".replacing(path, with: "it"))
    }
    return nil
  }

  private mutating func verify(_ index: IndexFolder, scope: Scope) {
    let current = attempt(index.linkPath) { try index.current() } ?? nil
    report.current = current?.number
    report.strays = attempt(index.path) { try index.strays() } ?? []
    let all = attempt(index.generationsPath) { try index.generations() } ?? []
    if all.isEmpty { problem(index.path, "it has no generation") }
    let record = attempt(index.path) { try Publications(index).problems(of: all) } ?? []
    for found in record { problem(found.path, found.detail) }
    for generation in scope == .all ? all : [current].compactMap({ $0 }) { verifyGeneration(generation.path) }
    if scope == .current, current == nil, report.isSound { problem(index.linkPath, "nothing is published") }
  }

  private mutating func verifyGeneration(_ folder: String) {
    report.generations += 1
    report.files += 1
    guard let manifest = attempt("\(folder)/\(Manifest.fileName)", { try Manifest.read(from: folder) }) else {
      // Without the list, the files can still be checked against their own checksums.
      return verifyUnlisted(folder)
    }
    let differences = attempt(folder) { try GenerationContent(manifest).differences(in: folder) } ?? []
    for difference in differences { describe(difference, in: folder) }
    let unreadable = Set(differences.map(\.path))
    for file in manifest.allFiles where isPresent(file.path, unreadable) {
      verifyFile("\(folder)/\(file.path)", seal: file.seal)
    }
    for shard in manifest.shards {
      verifyDocuments(shard, in: "\(folder)/\(shard.name)")
      verifyCodes(shard, in: "\(folder)/\(shard.name)")
    }
  }

  private func isPresent(_ path: String, _ unreadable: Set<String>) -> Bool {
    !unreadable.contains(path) && !unreadable.contains(FileSystem.directory(of: path))
  }

  private mutating func describe(_ difference: GenerationContent.Difference, in folder: String) {
    switch difference {
    case .stray(let path): problem("\(folder)/\(path)", "the manifest does not list it")
    case .missing(let path): problem("\(folder)/\(path)", "it is missing")
    case .wrongType(let path): problem("\(folder)/\(path)", "it is not a plain file or folder")
    }
  }

  private mutating func verifyFile(_ path: String, seal: FileSeal) {
    report.files += 1
    guard let found = attempt(path, { try FileSeal.measure(path) }) else { return }
    report.bytes += found.size
    if found == seal { return }
    let before = report.problems.count
    if !isText(path) { verifyEnvelope(path) }
    // The envelope says which section; where it finds nothing, the file is whole but another one.
    if report.problems.count > before { return }
    problem(
      path,
      found.size == seal.size
        ? "its digest is not the manifest's" : "it has \(found.size) bytes, the manifest says \(seal.size)")
  }

  /// Files for people, such as `quarantine.jsonl`; all others of a generation are in envelopes.
  private func isText(_ path: String) -> Bool { path.hasSuffix(".json") || path.hasSuffix(".jsonl") }

  /// Reports damage that a file's own checksums show.
  private mutating func verifyEnvelope(_ path: String) {
    _ = attempt(path) { try Envelope(path: path, access: .positional).verify() }
  }

  private mutating func verifyUnlisted(_ folder: String) {
    for name in attempt(folder, { try FileSystem.list(folder) }) ?? [] {
      let path = "\(folder)/\(name)"
      guard FileSystem.linkTarget(path) == nil, let status = (try? FileSystem.status(path)) ?? nil else { continue }
      if status.isDirectory { verifyUnlisted(path) }
      guard status.isRegular, !isText(path) else { continue }
      report.files += 1
      report.bytes += status.size
      verifyEnvelope(path)
    }
  }

  /// The shard's documents are as many as the manifest says.
  private mutating func verifyDocuments(_ shard: Manifest.Shard, in folder: String) {
    let path = "\(folder)/\(DocumentFormat.fileName)"
    guard shard.files.contains(where: { $0.name == DocumentFormat.fileName }),
      !report.problems.contains(where: { $0.path == path || $0.path == folder }),
      let reader = attempt(path, { try DocumentReader(path: path) })
    else { return }
    if reader.count != shard.documents {
      problem(path, "it has \(reader.count) documents, the manifest says \(shard.documents)")
    }
    if readsContent { _ = attempt(path) { try reader.verify() } }
  }

  /// Codes are of the shard's documents, in lists that are lists.
  private mutating func verifyCodes(_ shard: Manifest.Shard, in folder: String) {
    let path = "\(folder)/\(CodeWriter.fileName)"
    guard shard.files.contains(where: { $0.name == CodeWriter.fileName }),
      !report.problems.contains(where: { $0.path == path || $0.path == folder }),
      let reader = attempt(path, { try CodeReader(path: path) })
    else { return }
    if reader.count != shard.documents {
      problem(path, "it has codes of \(reader.count) documents, the manifest says \(shard.documents)")
    }
  }
}
