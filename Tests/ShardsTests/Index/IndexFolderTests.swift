import Codecs
import Kernels
import Shards
import Testing

@Suite struct IndexFolderTests {
  func withIndex(_ body: (IndexFolder) throws -> Void) throws {
    try Fixture.withFolder { try body(IndexFolder($0 + "/index")) }
  }

  @Test func generationsCountUpPublishAndRollBack() throws {
    try withIndex { index in
      #expect(try index.current() == nil)
      #expect(throws: IndexError.nothingPublished(path: index.path)) { try index.rollback() }
      let first = try Fixture.build(index, "a")
      #expect(first.number == 1 && first.path.hasSuffix("/generations/000001"))
      #expect(try index.current() == nil, "a commit does not publish")
      try index.publish(first)
      #expect(try index.current() == first)
      #expect(FileSystem.linkTarget(index.linkPath) == "generations/000001", "the link can be moved with the index")
      #expect(throws: IndexError.nothingBefore(path: index.path, generation: 1)) { try index.rollback() }
      let second = try Fixture.build(index, "b")
      try index.publish(second)
      let third = try Fixture.build(index, "c")
      try index.publish(third)
      #expect(try index.rollback().generation == second)
      #expect(try index.current() == second)
      #expect(try Fixture.build(index, "d").number == 4)
      #expect(try index.generations().map(\.number) == [1, 2, 3, 4])
      #expect(try index.find(Fixture.fingerprint("c")) == third)
      #expect(try index.find(Fixture.fingerprint("z")) == nil)
      #expect(throws: IndexError.noGeneration(path: index.path, generation: 9)) { try index.generation(9) }
    }
  }

  @Test func sameContentGivesSameBytes() throws {
    try withIndex { index in
      let one = try Fixture.build(index, "a")
      let two = try Fixture.build(index, "a")
      let names = try Fixture.files(one.path).map { String($0.dropFirst(one.path.count)) }
      #expect(try Fixture.files(two.path).map { String($0.dropFirst(two.path.count)) } == names)
      for name in names { #expect(try Fixture.read(one.path + name) == Fixture.read(two.path + name)) }
    }
  }

  @Test func numbersCompareAsNumbers() throws {
    try withIndex { index in
      for name in ["000009", "000010", "999999", "1000000", "01", "0000002", "000000", "x", "+00001"] {
        try FileSystem.createDirectories("\(index.generationsPath)/\(name)")
      }
      #expect(try index.generations().map(\.number) == [9, 10, 999_999, 1_000_000])
      #expect(try index.strays().count == 5)
      #expect(try Fixture.build(index, "a").path.hasSuffix("/1000001"))
      #expect(try index.removeStrays().count == 5)
      #expect(try index.generations().count == 5)
    }
  }

  @Test func commitTakesWhatTheManifestListsAndNothingElse() throws {
    try withIndex { index in
      let building = try index.begin(Fixture.fingerprint("a"))
      let manifest = try Fixture.fill(building.path, "a")
      try Fixture.overwrite("\(building.path)/shard-0000/terms.tmp-1", [1])
      try FileSystem.createDirectories("\(building.path)/shard-0007/deep")
      try Fixture.overwrite("\(building.path)/spill", [1])
      let generation = try index.commit(building, manifest: manifest)
      #expect(try IndexVerifier.verify(generation.path).problems == [])
      let next = try index.begin(Fixture.fingerprint("a"))
      let list = try Fixture.fill(next.path, "a")
      try FileSystem.removeFile("\(next.path)/shard-0001/terms")
      #expect(throws: IndexError.self) { try index.commit(next, manifest: list) }
      try Fixture.overwrite("\(next.path)/shard-0001/terms", [1])
      #expect(throws: IndexError.self) { try index.commit(next, manifest: list) }
      #expect(try index.generations().count == 1)
    }
  }

  /// Every state of the folder that a crash can leave while generation 2 is built and published.
  @Test func afterACrashCurrentIsOldOrNewAndTheRunGoesOn() throws {
    let states: [(String, Int, (IndexFolder) throws -> Void)] = [
      ("building folder made", 1, { _ = try $0.begin(Fixture.fingerprint("b")) }),
      (
        "one shard done, the next half written", 1,
        { index in
          let path = try index.begin(Fixture.fingerprint("b")).path
          _ = try Fixture.fill(path, "b")
          try FileSystem.removeFile(path + "/quarantine.jsonl")
          try FileSystem.rename(path + "/shard-0001/terms", to: path + "/shard-0001/terms.tmp-0")
        }
      ),
      (
        "manifest half written", 1,
        { index in
          let path = try index.begin(Fixture.fingerprint("b")).path
          let manifest = try Fixture.fill(path, "b")
          try Fixture.overwrite(path + "/manifest.json.tmp-0", Array(manifest.encoded.prefix(100)))
        }
      ),
      (
        "manifest written", 1,
        { index in
          let path = try index.begin(Fixture.fingerprint("b")).path
          try Fixture.fill(path, "b").write(to: path)
        }
      ),
      ("committed, not published", 1, { try Fixture.build($0, "b") }),
      (
        "link made, not switched", 1,
        { index in
          try Fixture.build(index, "b")
          try FileSystem.switchLink(index.path + "/other", to: "generations/000002")
          try FileSystem.rename(index.path + "/other", to: index.linkPath + ".tmp-link")
        }
      ),
      ("published", 2, { try $0.publish(try Fixture.build($0, "b")) }),
      (
        "half pruned", 2,
        { index in
          try index.publish(try Fixture.build(index, "b"))
          try FileSystem.rename("\(index.generationsPath)/000001", to: "\(index.generationsPath)/.removed-000001")
          try FileSystem.removeFile("\(index.generationsPath)/.removed-000001/manifest.json")
        }
      ),
    ]
    for (name, expected, crash) in states {
      try withIndex { index in
        try index.publish(try Fixture.build(index, "a"))
        try crash(index)
        let current = try index.current()
        #expect(current?.number == expected, "\(name)")
        #expect(try IndexLocation.resolve(index.path).path == current?.path, "\(name)")
        #expect(try IndexVerifier.verify(index.path).problems == [], "\(name)")
        // What the next run does.
        let fingerprint = Fixture.fingerprint("b")
        let generation = try index.find(fingerprint) ?? Fixture.build(index, "b")
        try index.publish(generation)
        try index.removeStrays()
        #expect(generation.number == 2, "\(name)")
        #expect(try index.current() == generation, "\(name)")
        let report = try IndexVerifier.verify(index.path)
        #expect(report.isSound && report.strays.isEmpty, "\(name): \(report)")
      }
    }
  }

  @Test func aBuildingFolderKeepsItsShards() throws {
    try withIndex { index in
      let building = try index.begin(Fixture.fingerprint("a"))
      let other = try index.begin(Fixture.fingerprint("b"))
      try FileSystem.createDirectories(building.path + "/shard-0000")
      #expect(try index.begin(Fixture.fingerprint("a")) == building)
      #expect(try FileSystem.list(building.path) == ["shard-0000"])
      #expect(try index.strays() == [building.path, other.path].sorted())
      #expect(try index.removeStrays(keeping: Fixture.fingerprint("a")) == [other.path])
      #expect(try index.removeStrays() == [building.path])
    }
  }

  @Test func pathsLeadToTheGeneration() throws {
    try Fixture.withFolder { output in
      let index = IndexFolder(output + "/index")
      func code(_ path: String) -> ExitCode? {
        do { _ = try IndexLocation.resolve(path) } catch let error as any ExitCoded { return error.exitCode } catch {}
        return nil
      }
      #expect(code(output) == .noInput)
      #expect(code(output + "/absent") == .noInput)
      try Fixture.overwrite(output + "/file", [1])
      #expect(code(output + "/file") == .noInput)
      let first = try Fixture.build(index, "a")
      #expect(throws: IndexError.nothingPublished(path: index.path)) { try IndexLocation.resolve(output) }
      #expect(try IndexLocation.resolve(first.path).path == first.path)
      try index.publish(first)
      for path in [output, output + "/", index.path, index.path + "//", index.linkPath, first.path] {
        let location = try IndexLocation.resolve(path)
        #expect(location.path == first.path && location.index == index, "\(path)")
      }
      try FileSystem.rename(first.path, to: output + "/copied")
      #expect(try IndexLocation.resolve(output + "/copied").index == nil)
      for path in [output, index.path, index.linkPath] { #expect(code(path) == .badData, "a dangling link, \(path)") }
    }
  }
}
