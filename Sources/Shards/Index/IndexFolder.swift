package import Codecs
internal import Kernels

/// The folder of an index: its generations and the link to the published one.
///
/// ```
/// INDEX/generations/000001/             finished, never changed
/// INDEX/generations/.building-12ab34cd/ being built from what has that fingerprint
/// INDEX/generations/.removed-000001/    being removed
/// INDEX/current -> generations/000001   what readers open
/// INDEX/history/                        what was published, refused, rolled back: see `Publications`
/// ```
/// What a crash may leave, step by step: a building folder, with finished shards that the next run of the same
/// fingerprint reuses; the same with a manifest; a finished generation that is not published, which `find` finds again;
/// `current.tmp-link`; a folder that is half removed. At every moment `current` names a finished generation, the old or
/// the new. One process at a time writes; who runs jobs holds a lock.
package struct IndexFolder: Sendable, Hashable {
  package let path: String

  package init(_ path: String) { self.path = path }

  package var generationsPath: String { "\(path)/generations" }
  package var linkPath: String { "\(path)/current" }

  private static let buildingPrefix = ".building-"
  private static let removedPrefix = ".removed-"

  /// A generation that is being built; the caller fills the folder with shards and files.
  package struct Building: Sendable, Hashable {
    package let path: String
    package let fingerprint: Fingerprint
  }

  /// All finished generations by number, published or not.
  package func generations() throws -> [Generation] {
    guard FileSystem.exists(generationsPath) else { return [] }
    return try FileSystem.list(generationsPath).compactMap { name in
      Generation.number(name).map { Generation(number: $0, path: "\(generationsPath)/\(name)") }
    }.sorted()
  }

  package func generation(_ number: Int) throws -> Generation {
    guard let found = try generations().first(where: { $0.number == number }) else {
      throw IndexError.noGeneration(path: path, generation: number)
    }
    return found
  }

  /// The published generation; `nil` if there is none. Throws `FormatError.corrupt` for a link that leads elsewhere.
  package func current() throws -> Generation? {
    guard let target = FileSystem.linkTarget(linkPath) else {
      if FileSystem.exists(linkPath) { throw FormatError.corrupt(path: linkPath, detail: "it is not a symbolic link") }
      return nil
    }
    guard let generation = linked(target) else {
      throw FormatError.corrupt(path: linkPath, detail: "it points to `\(target)`, which is not a generation")
    }
    guard try FileSystem.status(generation.path)?.isDirectory == true else {
      throw FormatError.corrupt(path: linkPath, detail: "it points to `\(target)`, which does not exist")
    }
    return generation
  }

  /// The same for who repairs: `nil` also where the link leads to a generation that is gone.
  package func standing() throws -> Generation? {
    if let linked, try FileSystem.status(linked.path) == nil { return nil }
    return try current()
  }

  /// What the current generation was built from, also where its manifest is damaged.
  package func standingFingerprint() throws -> String? {
    guard let linked else { return nil }
    let fingerprint = try Publications(self).fingerprint(of: linked)
    return fingerprint == "unknown" ? nil : fingerprint
  }

  /// The generation that the link names, whether it is there or not.
  private var linked: Generation? { FileSystem.linkTarget(linkPath).flatMap(linked) }

  private func linked(_ target: String) -> Generation? {
    guard target.hasPrefix("generations/"), let number = Generation.number(FileSystem.lastComponent(of: target)),
      target == "generations/\(Generation.name(number))"
    else { return nil }
    return Generation(number: number, path: "\(path)/\(target)")
  }

  // MARK: Building

  /// The folder in which to build from what has the fingerprint; what an interrupted run finished in it is still there.
  package func begin(_ fingerprint: Fingerprint) throws -> Building {
    let building = Building(
      path: "\(generationsPath)/\(Self.buildingPrefix)\(fingerprint.description.prefix(16))", fingerprint: fingerprint)
    try FileSystem.createDirectories(building.path)
    return building
  }

  /// Turns a building folder into a generation, which is not published yet: removes what the manifest does not list,
  /// writes the manifest, makes all of it durable, gives the folder its number, one above the highest.
  /// Throws `IndexError.incomplete` if a listed file is missing or has another size.
  package func commit(_ building: Building, manifest: Manifest) throws -> Generation {
    precondition(manifest.fingerprint == building.fingerprint, "the manifest is of another build")
    try GenerationContent(manifest).settle(building.path)
    try manifest.write(to: building.path)
    // Nor the number of one that is gone and that a link or the record still speaks of.
    let known = [
      try generations().last?.number, linked?.number, try Publications(self).events.map(\.generation).max(),
    ]
    let number = (known.compactMap { $0 }.max() ?? 0) + 1
    let generation = Generation(number: number, path: "\(generationsPath)/\(Generation.name(number))")
    try FileSystem.rename(building.path, to: generation.path)
    try FileSystem.synchronizeDirectory(generationsPath)
    return generation
  }

  /// The newest sound generation with the fingerprint: after a crash between `commit` and `publish`, the one to publish.
  /// Reads all of its bytes: damaged ones are passed over, so that they are built again.
  package func find(_ fingerprint: Fingerprint) throws -> Generation? {
    try generations().last { generation in
      guard (try? generation.manifest())?.fingerprint == fingerprint else { return false }
      return try IndexVerifier.verify(generation.path).isSound
    }
  }

  // MARK: Publishing

  /// Points `current` to a generation, atomically and durably. Its manifest must be readable.
  ///
  /// - Parameter byHand: somebody has looked at it, so that what a gate says of it is only a warning from now on, and a
  ///   `current` that is a folder, in a copy that followed links, is replaced.
  package func publish(_ generation: Generation, byHand: Bool = false) throws {
    let own = try self.generation(generation.number)
    _ = try own.manifest()
    if byHand, FileSystem.linkTarget(linkPath) == nil, FileSystem.exists(linkPath) {
      let doomed = "\(generationsPath)/\(Self.removedPrefix)current"
      try FileSystem.createDirectories(generationsPath)
      try FileSystem.removeTree(doomed)
      try FileSystem.rename(linkPath, to: doomed)
    }
    try Publications(self).record(byHand ? .approved : .published, own)
    try switchCurrent(to: own)
  }

  /// Notes that a run ended with a generation that it would not publish.
  package func refuse(_ generation: Generation) throws { try Publications(self).record(.refused, generation) }

  /// Notes that a run ended with the generation that is published.
  package func confirm(_ generation: Generation) throws {
    let history = try Publications(self)
    // Two runs in a row that change nothing leave the record as it is.
    if let last = history.events.last, last.generation == generation.number, last.action.isPublication { return }
    try history.record(.confirmed, generation)
  }

  /// What a rollback did.
  package struct Rollback: Sendable, Equatable {
    package let generation: Generation
    /// Those that were published later and are damaged, newest first.
    package let damaged: [Generation]
  }

  /// Publishes what was published before the current generation, which is withdrawn: no run publishes it again, nor
  /// what is built from the same, until `publish` is asked to. Reads all bytes of what it goes back to. Throws
  /// `IndexError` if there is none.
  @discardableResult
  package func rollback() throws -> Rollback {
    let history = try Publications(self)
    let all = try generations()
    // What the link leads to may be gone; the way back is the same.
    guard let current = linked else {
      _ = try self.current()
      throw IndexError.nothingPublished(path: path)
    }
    var damaged: [Generation] = []
    for previous in try history.before(current, of: all) {
      guard try IndexVerifier.verify(previous.path).isSound else {
        damaged.append(previous)
        continue
      }
      try history.record(.withdrawn, current)
      try switchCurrent(to: previous)
      return Rollback(generation: previous, damaged: damaged)
    }
    throw IndexError.nothingBefore(path: path, generation: current.number)
  }

  /// Whether a rollback left what was built from this.
  package func isWithdrawn(_ fingerprint: Fingerprint) throws -> Bool {
    try Publications(self).lastAction(fingerprint.description) == .withdrawn
  }

  /// Whether somebody published by hand what was built from this.
  package func isApproved(_ fingerprint: Fingerprint) throws -> Bool {
    try Publications(self).lastAction(fingerprint.description) == .approved
  }

  /// What `publish` publishes: what the last run refused or the last rollback left, or else the newest generation; where
  /// the link of what is published is lost, the last that is sound.
  package func latest() throws -> Generation? {
    let all = try generations()
    let history = try Publications(self)
    if FileSystem.linkTarget(linkPath) == nil,
      let lost = try history.lost(of: all).first(where: { try IndexVerifier.verify($0.path).isSound })
    {
      return lost
    }
    return history.latest(of: all)
  }

  private func switchCurrent(to generation: Generation) throws {
    try FileSystem.switchLink(linkPath, to: "generations/\(Generation.name(generation.number))")
  }

  // MARK: Removing

  /// Removes old generations and gives the removed ones. Keeps the last `keep` that were published, the current one and
  /// the one published before it, so that `rollback` has somewhere to go, and the newest and the latest of all, so that
  /// `publish` has.
  @discardableResult
  package func prune(keep: Int) throws -> [Generation] {
    let all = try generations()
    let history = try Publications(self)
    let current = try standing()
    let previous = try current.flatMap { try history.before($0, of: all).first }
    let kept = Set(
      try history.published(of: all).suffix(max(keep, 0))
        + [current, previous, all.last, history.latest(of: all)].compactMap { $0 })
    let removed = all.filter { !kept.contains($0) }
    try history.forget(removed)
    for generation in removed { try remove(generation) }
    return removed
  }

  /// A half removed folder must not look like a generation, so it loses its number first.
  private func remove(_ generation: Generation) throws {
    let doomed = "\(generationsPath)/\(Self.removedPrefix)\(Generation.name(generation.number))"
    try FileSystem.removeTree(doomed)
    try FileSystem.rename(generation.path, to: doomed)
    try FileSystem.synchronizeDirectory(generationsPath)
    try FileSystem.removeTree(doomed)
  }

  /// Paths that interrupted runs left: building and half removed folders, temporary links. A building folder is still
  /// of use to the next run of the same job.
  package func strays() throws -> [String] {
    var strays: [String] = []
    let temporaryLink = linkPath + ".tmp-link"
    if FileSystem.linkTarget(temporaryLink) != nil { strays.append(temporaryLink) }
    strays += try Publications(self).strays()
    guard FileSystem.exists(generationsPath) else { return strays }
    for name in try FileSystem.list(generationsPath) where Generation.number(name) == nil {
      strays.append("\(generationsPath)/\(name)")
    }
    return strays
  }

  /// Removes `strays()` and gives their paths; the building folder of `keeping` stays.
  @discardableResult
  package func removeStrays(keeping: Fingerprint? = nil) throws -> [String] {
    let kept = keeping.map { "\(generationsPath)/\(Self.buildingPrefix)\($0.description.prefix(16))" }
    let doomed = try strays().filter { $0 != kept }
    for path in doomed { try FileSystem.removeTree(path) }
    if !doomed.isEmpty, FileSystem.exists(generationsPath) { try FileSystem.synchronizeDirectory(generationsPath) }
    return doomed
  }
}
