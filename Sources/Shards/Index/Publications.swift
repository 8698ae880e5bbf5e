internal import Codecs
internal import Kernels

/// What has happened to the generations of an index, in order: a folder of links that only grows, so that there is no
/// content that could be damaged, and each event is one link.
///
/// ```
/// INDEX/history/000007.published.000003.12ab34cd... -> ../generations/000003
/// ```
/// The first number counts events, the second is the generation's, the digest the fingerprint of what it was built from.
/// Names tell all, where the links lead is for people; a generation is that of an event if both its number and its
/// manifest's fingerprint fit.
struct Publications {
  enum Action: String {
    /// By a run.
    case published
    /// By hand, whatever a gate says of it.
    case approved
    /// A rollback left it: no run publishes it again.
    case withdrawn
    /// A run built it and did not publish it.
    case refused
    /// A run ended with it, and it was published already.
    case confirmed
    /// It was there when the record began, without a link that would say whether it was ever published.
    case found

    var isPublication: Bool { self == .published || self == .approved }
    /// Whether it changes what is published, or what may be.
    var isDecision: Bool { isPublication || self == .withdrawn }
  }

  struct Event {
    let number: Int
    let action: Action
    let fingerprint: String
    /// The generation's number.
    let generation: Int

    var name: String {
      "\(Generation.name(number)).\(action.rawValue).\(Generation.name(generation)).\(fingerprint)"
    }
  }

  private let index: IndexFolder
  /// Ascending.
  let events: [Event]

  private static func path(_ index: IndexFolder) -> String { index.path + "/history" }
  private var path: String { Self.path(index) }

  init(_ index: IndexFolder) throws {
    self.index = index
    let path = Self.path(index)
    events = FileSystem.exists(path) ? try FileSystem.list(path).compactMap { Self.event($0, in: path) } : []
  }

  /// `nil` for anything but a link with the name of an event.
  private static func event(_ name: String, in path: String) -> Event? {
    let parts = name.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
    guard parts.count == 4, let number = Generation.number(parts[0]), let action = Action(rawValue: parts[1]),
      let generation = Generation.number(parts[2]), FileSystem.linkTarget("\(path)/\(name)") != nil
    else { return nil }
    return Event(number: number, action: action, fingerprint: parts[3], generation: generation)
  }

  // MARK: reading

  /// The last that happened to what was built from this. That runs refuse what is withdrawn leaves it withdrawn.
  func lastAction(_ fingerprint: String) -> Action? {
    events.last { $0.fingerprint == fingerprint && $0.action.isDecision }?.action
  }

  /// The generations that were published and not withdrawn since, each once, in the order of their last publication, out
  /// of `generations`. Where nothing is known, by a version that kept no record or in a copy that lost its links, all are,
  /// up to the current one.
  func published(of generations: [Generation]) throws -> [Generation] {
    if events.isEmpty {
      guard let current = (try? index.standing()) ?? nil else { return generations }
      return generations.filter { $0 <= current }
    }
    return ordered(andFound: true).compactMap { generation(of: $0, among: generations) }
  }

  /// Publications that were not withdrawn since, each fingerprint once, by the last of them.
  private func ordered(andFound: Bool) -> [Event] {
    var order: [Event] = []
    for event in events where event.action.isDecision || andFound && event.action == .found {
      order.removeAll { $0.fingerprint == event.fingerprint }
      if event.action != .withdrawn { order.append(event) }
    }
    return order
  }

  /// Where a rollback from `current` goes: back in time, to what was published before and not withdrawn since.
  func before(_ current: Generation, of generations: [Generation]) throws -> [Generation] {
    if events.isEmpty { return try published(of: generations).filter { $0 < current }.reversed() }
    let left = fingerprint(of: current)
    var order: [Event] = []
    for event in events where event.action.isDecision {
      if event.action.isPublication {
        order.append(event)
      } else {
        order.removeAll { $0.fingerprint == event.fingerprint }
      }
    }
    // What came after it was never reached, or is behind a rollback already.
    if let place = order.lastIndex(where: { $0.fingerprint == left }) { order = Array(order[..<place]) }
    var found: [Generation] = []
    for event in order.reversed() where event.fingerprint != left {
      if let generation = generation(of: event, among: generations), generation != current,
        !found.contains(generation)
      {
        found.append(generation)
      }
    }
    return found
  }

  /// What was published last, where the link is lost that would say so, latest first.
  func lost(of generations: [Generation]) -> [Generation] {
    if events.isEmpty { return generations.reversed() }
    return ordered(andFound: false).reversed().compactMap { generation(of: $0, among: generations) }
  }

  /// What `publish` publishes: what the last event was about, which a run refused or a rollback left. The newest one
  /// where that is gone, and where a run was killed before it could say anything of it.
  func latest(of generations: [Generation]) -> Generation? {
    let newest = generations.last
    if let newest, newest.number > events.map(\.generation).max() ?? 0 { return newest }
    return events.last.flatMap { generation(of: $0, among: generations) } ?? newest
  }

  /// What a generation was built from: a damaged manifest is in no way of the record, which knows.
  func fingerprint(of generation: Generation) -> String {
    (try? generation.manifest().fingerprint.description)
      ?? events.last { $0.generation == generation.number }?.fingerprint ?? "unknown"
  }

  private func generation(of event: Event, among generations: [Generation]) -> Generation? {
    guard let found = generations.first(where: { $0.number == event.generation }),
      let fingerprint = try? found.manifest().fingerprint, fingerprint.description == event.fingerprint
    else { return nil }
    return found
  }

  // MARK: writing

  /// Adds an event, unless the last one says the same.
  func record(_ action: Action, _ generation: Generation) throws {
    let event = Event(
      number: (events.last?.number ?? 0) + 1, action: action, fingerprint: fingerprint(of: generation),
      generation: generation.number)
    if let last = events.last {
      let isSame =
        last.action == action && last.fingerprint == event.fingerprint && last.generation == event.generation
      return isSame ? () : try add(event, to: path)
    }
    // What was published before there was a record goes into it in one step, so that a crash leaves all of it or none.
    let temporary = path + ".tmp-record"
    try FileSystem.removeTree(temporary)
    try FileSystem.createDirectories(temporary)
    let wasPublished = ((try? index.standing()) ?? nil) != nil
    var count = 0
    for earlier in try published(of: index.generations()) where earlier != generation {
      count += 1
      try add(
        Event(
          number: count, action: wasPublished ? .published : .found, fingerprint: fingerprint(of: earlier),
          generation: earlier.number),
        to: temporary)
    }
    try add(
      Event(number: count + 1, action: action, fingerprint: event.fingerprint, generation: generation.number),
      to: temporary)
    try FileSystem.removeTree(path)
    try FileSystem.rename(temporary, to: path)
    try FileSystem.synchronizeDirectory(index.path)
  }

  private func add(_ event: Event, to path: String) throws {
    let name = "\(path)/\(event.name)"
    // What a copy that followed links left in its place.
    if FileSystem.linkTarget(name) == nil { try FileSystem.removeTree(name) }
    try FileSystem.switchLink(name, to: "../generations/\(Generation.name(event.generation))")
  }

  /// Removes the events of generations that are about to be removed, but for the last one that says that what they were
  /// built from is withdrawn.
  func forget(_ generations: [Generation]) throws {
    let numbers = Set(generations.map(\.number))
    let withdrawals = events.filter { $0.action == .withdrawn && lastAction($0.fingerprint) == .withdrawn }
    let kept = Set(Dictionary(withdrawals.map { ($0.fingerprint, $0.number) }, uniquingKeysWith: { $1 }).values)
    for event in events {
      let isOver = event.action == .withdrawn && !kept.contains(event.number)
      guard isOver || numbers.contains(event.generation) else { continue }
      if kept.contains(event.number) {
        // Leads to something that is there, for copies that follow links.
        try FileSystem.switchLink("\(path)/\(event.name)", to: "../lock")
      } else {
        try FileSystem.removeFile("\(path)/\(event.name)")
      }
    }
  }

  /// What is no event: temporary links of a crash, folders of a copy that followed links.
  func strays() throws -> [String] {
    let temporary = path + ".tmp-record"
    let unfinished = FileSystem.exists(temporary) ? [temporary] : []
    guard FileSystem.exists(path) else { return unfinished }
    return try unfinished + FileSystem.list(path).filter { Self.event($0, in: path) == nil }.map { "\(path)/\($0)" }
  }

  /// What cannot be: an index that was published and is not, events about a generation of other content.
  func problems(of generations: [Generation]) throws -> [(path: String, detail: String)] {
    var problems: [(path: String, detail: String)] = []
    if FileSystem.linkTarget(index.linkPath) == nil, events.contains(where: { $0.action.isPublication }) {
      problems.append(
        (index.linkPath, "it is missing, and generations have been published; `pipeline publish` sets it"))
    }
    let last = Dictionary(events.map { ($0.generation, $0) }, uniquingKeysWith: { $1 })
    for event in last.values.sorted(by: { $0.number < $1.number }) {
      guard let generation = generations.first(where: { $0.number == event.generation }),
        let fingerprint = try? generation.manifest().fingerprint, fingerprint.description != event.fingerprint,
        event.fingerprint != "unknown"
      else { continue }
      problems.append((generation.path, "it has the number of a generation that was built from something else"))
    }
    return problems
  }
}
