import Foundation
import Testing

/// A disk that has seen a trace of calls, up to some point, and then lost its power: what was synchronized is there, of
/// the rest any part, in any order, torn at 512 bytes.
final class SimulatedDisk {
  final class Node {
    enum Change {
      case write(Int, [UInt8])
      case truncate(Int)
    }

    let isFolder: Bool
    let target: String?
    var content: [UInt8]
    var durable: [UInt8]
    var changes: [Change] = []
    var entries: [String: Node] = [:]
    var durableEntries: [String: Node] = [:]
    /// Each is one atomic change of names: of a name, or of two by a rename.
    var nameChanges: [[(name: String, node: Node?)]] = []

    init(isFolder: Bool = false, target: String? = nil, content: [UInt8] = []) {
      self.isFolder = isFolder
      self.target = target
      self.content = content
      durable = content
    }

    static func apply(_ change: Change, to bytes: inout [UInt8]) {
      switch change {
      case .truncate(let length):
        if length < bytes.count { bytes.removeLast(bytes.count - length) }
        if length > bytes.count { bytes += [UInt8](repeating: 0, count: length - bytes.count) }
      case .write(let offset, let more):
        if offset + more.count > bytes.count { apply(.truncate(offset + more.count), to: &bytes) }
        bytes.replaceSubrange(offset..<offset + more.count, with: more)
      }
    }

    func change(_ change: Change) {
      Self.apply(change, to: &content)
      changes.append(change)
    }

    func rename(_ changes: [(name: String, node: Node?)]) {
      for (name, node) in changes { entries[name] = node }
      nameChanges.append(changes)
    }

    func synchronize() {
      durable = content
      changes = []
      durableEntries = entries
      nameChanges = []
    }
  }

  private let root: Node
  private let path: String
  private var open: [Int: Node] = [:]

  /// A disk with what lies in `folder`, all of it synchronized; the trace calls it `path`.
  init(_ folder: String, as path: String) throws {
    root = try Self.read(folder)
    self.path = path
  }

  private static func read(_ path: String) throws -> Node {
    if let target = try? FileManager.default.destinationOfSymbolicLink(atPath: path) { return Node(target: target) }
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), isFolder.boolValue else {
      return Node(content: Array(try Data(contentsOf: URL(fileURLWithPath: path))))
    }
    let node = Node(isFolder: true)
    for name in try FileManager.default.contentsOfDirectory(atPath: path) {
      node.entries[name] = try read(path + "/" + name)
    }
    node.durableEntries = node.entries
    return node
  }

  // MARK: the trace

  struct Call {
    let op: Character
    let descriptor: Int
    let offset: Int
    let bytes: [UInt8]
    let path: String
    let other: String

    /// All calls of a trace; see Tests/CFaults/faults.c.
    static func read(_ file: String) throws -> [Call] {
      let bytes = Array(try Data(contentsOf: URL(fileURLWithPath: file)))
      var calls: [Call] = []
      var place = 0
      func number(_ size: Int) -> Int {
        defer { place += size }
        return (0..<size).reduce(0) { $0 | Int(bytes[place + $1]) << (8 * $1) }
      }
      func take(_ count: Int) -> [UInt8] {
        defer { place += count }
        return Array(bytes[place..<place + count])
      }
      while place < bytes.count {
        let op = Character(UnicodeScalar(UInt8(number(1))))
        let descriptor = Int(Int32(truncatingIfNeeded: number(4)))
        let offset = number(8)
        let sizes = [number(4), number(4), number(4)]
        calls.append(
          Call(
            op: op, descriptor: descriptor, offset: offset, bytes: take(sizes[0]),
            path: String(decoding: take(sizes[1]), as: UTF8.self),
            other: String(decoding: take(sizes[2]), as: UTF8.self)))
      }
      return calls
    }
  }

  /// The folder of a path, and the name in it.
  private func parent(_ path: String) -> (folder: Node, name: String)? {
    guard path.hasPrefix(self.path) else { return nil }
    var names = path.dropFirst(self.path.count).split(separator: "/").map(String.init)
    guard let last = names.popLast() else { return nil }
    var node = root
    for name in names {
      guard let next = node.entries[name] else { return nil }
      node = next
    }
    return (node, last)
  }

  func apply(_ call: Call) {
    let place = parent(call.path)
    switch call.op {
    case "o":
      var node = call.path == path ? root : place.flatMap { $0.folder.entries[$0.name] }
      if node == nil, call.offset & 1 != 0, let place {
        let made = Node()
        place.folder.rename([(place.name, made)])
        node = made
      } else if call.offset & 2 != 0 {
        node?.change(.truncate(0))
      }
      open[call.descriptor] = node
    case "c": open[call.descriptor] = nil
    case "w": open[call.descriptor]?.change(.write(call.offset, call.bytes))
    case "t": open[call.descriptor]?.change(.truncate(call.offset))
    case "s": open[call.descriptor]?.synchronize()
    case "u", "x": place?.folder.rename([(place?.name ?? "", nil)])
    case "d": place?.folder.rename([(place?.name ?? "", Node(isFolder: true))])
    case "l": place?.folder.rename([(place?.name ?? "", Node(target: call.other))])
    case "r":
      guard let place, let to = parent(call.other), let node = place.folder.entries[place.name] else { return }
      if place.folder === to.folder {
        place.folder.rename([(place.name, nil), (to.name, node)])
      } else {
        to.folder.rename([(to.name, node)])
        place.folder.rename([(place.name, nil)])
      }
    default: Issue.record("unknown call \(call.op)")
    }
  }

  // MARK: the loss

  /// How much of what was not synchronized is there afterwards.
  enum Loss: CaseIterable { case everything, some, names, contents, nothing }

  /// Writes what is left into the folder `path`.
  func write(to path: String, _ loss: Loss, _ random: inout SplitMix) throws {
    try write(root, to: path, loss, &random)
  }

  private func write(_ node: Node, to path: String, _ loss: Loss, _ random: inout SplitMix) throws {
    if let target = node.target {
      try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: target)
    } else if node.isFolder {
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
      var entries = node.durableEntries
      for change in node.nameChanges where keeps(loss, .names, &random) {
        for (name, node) in change { entries[name] = node }
      }
      for (name, entry) in entries.sorted(by: { $0.key < $1.key }) {
        try write(entry, to: path + "/" + name, loss, &random)
      }
    } else {
      var bytes = node.durable
      for change in node.changes where keeps(loss, .contents, &random) {
        Node.apply(torn(change, loss, &random), to: &bytes)
      }
      try Data(bytes).write(to: URL(fileURLWithPath: path))
    }
  }

  private func keeps(_ loss: Loss, _ kind: Loss, _ random: inout SplitMix) -> Bool {
    switch loss {
    case .everything: false
    case .nothing: true
    case .some: Bool.random(using: &random)
    case .names, .contents: loss != kind
    }
  }

  private func torn(_ change: Node.Change, _ loss: Loss, _ random: inout SplitMix) -> Node.Change {
    guard loss == .some, case .write(let offset, let bytes) = change, bytes.count > 512, Bool.random(using: &random)
    else { return change }
    return .write(offset, Array(bytes.prefix(Int.random(in: 0...bytes.count / 512, using: &random) * 512)))
  }
}

@Suite(.serialized) struct PowerLossTests {
  /// 500 states, spread over a whole run; BIGRAIN_POWER_LOSSES says another number, BIGRAIN_SEED repeats.
  @Test func aRunGoesOnFromWhateverTheDiskKept() throws {
    let environment = ProcessInfo.processInfo.environment
    let seed = environment["BIGRAIN_SEED"].flatMap(UInt64.init) ?? UInt64.random(in: 0 ... .max)
    let states = environment["BIGRAIN_POWER_LOSSES"].flatMap(Int.init) ?? 500
    print("BIGRAIN_SEED=\(seed)")
    var random = SplitMix(state: seed)
    let job = try FaultyJob()
    defer { job.remove() }
    try job.restore()
    let trace = job.program.folder + "/trace"
    #expect(try job.run(["TRACE": trace]).status == 0)
    #expect(try job.program.index() == job.after)
    let calls = try SimulatedDisk.Call.read(trace)
    #expect(calls.count > 500, "the trace has few calls: is the library that writes it in the way of all of them?")
    for state in 0..<states {
      // After the call in question, or between two.
      let count = min(calls.count, (state * calls.count / states) + Int.random(in: 0...2, using: &random))
      let loss = SimulatedDisk.Loss.allCases[state % SimulatedDisk.Loss.allCases.count]
      let disk = try SimulatedDisk(job.program.folder + "/start", as: job.output)
      for call in calls.prefix(count) { disk.apply(call) }
      try FileManager.default.removeItem(atPath: job.output)
      try disk.write(to: job.output, loss, &random)
      let what = "seed \(seed), state \(state): \(loss) of what was not synchronized after \(count) calls is lost"
      let published = try job.program.index()
      #expect(published == job.before || published == job.after, "\(what): a mixture is published")
      let next = try job.program.run(["run", job.program.job, "--workers", "1"])
      #expect(next.status == 0, "\(what): \(next.errors)")
      #expect(try job.program.index() == job.after, "\(what): other bytes")
    }
    print("\(states) states of \(calls.count) calls, all completed to the same bytes")
  }
}
