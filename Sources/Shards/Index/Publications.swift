internal import Codecs
internal import Kernels

/// Which generations of an index have been published, and which ones a rollback has withdrawn.
///
/// ```
/// INDEX/published/000003 -> ../generations/000003
/// INDEX/withdrawn/12ab34cd... -> ../generations/000004     by the fingerprint of what it was built from
/// ```
/// Links, so that there is no content that could be damaged, and every change is one rename. A generation that an
/// evaluation refused is in neither: it must not push out good ones, and no rollback leads to it.
struct Publications {
  private let index: IndexFolder
  private var publishedPath: String { index.path + "/published" }
  private var withdrawnPath: String { index.path + "/withdrawn" }

  init(_ index: IndexFolder) { self.index = index }

  /// Of `generations`, those that were published and not withdrawn. An index of a version that kept no record has
  /// published all up to its current one.
  func published(of generations: [Generation]) throws -> [Generation] {
    guard FileSystem.exists(publishedPath) else {
      guard let current = try index.current() else { return [] }
      return generations.filter { $0 <= current }
    }
    let withdrawn = try withdrawnNumbers()
    let numbers = Set(try numbers()).subtracting(withdrawn)
    return generations.filter { numbers.contains($0.number) }
  }

  /// Notes that `generation` is about to be published, among `generations`.
  func record(_ generation: Generation, of generations: [Generation]) throws {
    if !FileSystem.exists(publishedPath) {
      // In one step, so that a crash does not leave a record that lacks earlier ones.
      let temporary = publishedPath + ".tmp-record"
      try FileSystem.removeTree(temporary)
      try FileSystem.createDirectories(temporary)
      for earlier in try published(of: generations) { try link(temporary, earlier) }
      try link(temporary, generation)
      try FileSystem.rename(temporary, to: publishedPath)
      try FileSystem.synchronizeDirectory(index.path)
    } else if FileSystem.linkTarget("\(publishedPath)/\(Generation.name(generation.number))") == nil {
      try link(publishedPath, generation)
    }
    try readmit(generation)
  }

  /// Notes that a rollback leaves `generation`.
  func withdraw(_ generation: Generation) throws {
    try FileSystem.createDirectories(withdrawnPath)
    // A rollback may be away from a generation whose manifest is damaged.
    let fingerprint = try? generation.manifest().fingerprint
    let name = fingerprint?.description ?? Generation.name(generation.number)
    try FileSystem.switchLink("\(withdrawnPath)/\(name)", to: Self.target(generation))
  }

  /// Whether a rollback left what was built from this.
  func isWithdrawn(_ fingerprint: Fingerprint) -> Bool {
    FileSystem.linkTarget("\(withdrawnPath)/\(fingerprint)") != nil
  }

  /// Forgets the publications of generations that are gone.
  func forget(_ generations: [Generation]) throws {
    for generation in generations {
      try FileSystem.removeFile("\(publishedPath)/\(Generation.name(generation.number))")
    }
  }

  /// Temporary names that a crash left.
  func strays() throws -> [String] {
    let temporary = publishedPath + ".tmp-record"
    var strays = FileSystem.exists(temporary) ? [temporary] : []
    for folder in [publishedPath, withdrawnPath] where FileSystem.exists(folder) {
      strays += try FileSystem.list(folder).filter { $0.hasSuffix(".tmp-link") }.map { folder + "/" + $0 }
    }
    return strays
  }

  private func readmit(_ generation: Generation) throws {
    guard FileSystem.exists(withdrawnPath) else { return }
    let fingerprint = try generation.manifest().fingerprint.description
    for name in try FileSystem.list(withdrawnPath) {
      let mark = "\(withdrawnPath)/\(name)"
      guard name == fingerprint || FileSystem.linkTarget(mark) == Self.target(generation) else { continue }
      try FileSystem.removeFile(mark)
      try FileSystem.synchronizeDirectory(withdrawnPath)
    }
  }

  private func link(_ folder: String, _ generation: Generation) throws {
    try FileSystem.switchLink("\(folder)/\(Generation.name(generation.number))", to: Self.target(generation))
  }

  private static func target(_ generation: Generation) -> String {
    "../generations/\(Generation.name(generation.number))"
  }

  private func numbers() throws -> [Int] { try FileSystem.list(publishedPath).compactMap(Generation.number) }

  private func withdrawnNumbers() throws -> Set<Int> {
    guard FileSystem.exists(withdrawnPath) else { return [] }
    return Set(
      try FileSystem.list(withdrawnPath).compactMap { name in
        FileSystem.linkTarget("\(withdrawnPath)/\(name)").flatMap {
          Generation.number(FileSystem.lastComponent(of: $0))
        }
      })
  }
}
