import Codecs
import Kernels
import Shards
import Testing

@Suite struct IndexVerifierTests {
  /// A published index of one generation.
  func withIndex(_ body: (IndexFolder, Generation) throws -> Void) throws {
    try Fixture.withFolder { folder in
      let index = IndexFolder(folder)
      let generation = try Fixture.build(index, "a")
      try index.publish(generation)
      try body(index, generation)
    }
  }

  @Test func aSoundIndexHasNoProblems() throws {
    try withIndex { index, generation in
      for path in [index.path, generation.path, index.linkPath] {
        let report = try IndexVerifier.verify(path, readsContent: true)
        #expect(report.problems == [] && report.strays == [])
        #expect(report.generations == 1 && report.files == 6 && report.bytes > 0)
      }
      try Fixture.build(index, "b")
      #expect(try IndexVerifier.verify(index.path).generations == 2)
      #expect(try IndexVerifier.verify(index.path, scope: .current).generations == 1)
    }
  }

  /// Every bit of every file of a generation, and every length it can be cut to.
  @Test func everyFlippedBitAndEveryTruncationIsFound() throws {
    try withIndex { index, generation in
      // The files of one shard and those beside it; the other shard is alike.
      let files = try Fixture.files(generation.path).filter { !$0.contains("shard-0001") }
      #expect(files.count == 4)
      for file in files {
        let good = try Fixture.read(file)
        func expectFound(_ damaged: [UInt8], _ what: String) throws {
          try Fixture.overwrite(file, damaged)
          let report = try IndexVerifier.verify(index.path)
          #expect(report.problems.contains { $0.path == file }, "\(what) of \(file)")
        }
        for bit in 0..<(good.count * 8) {
          var damaged = good
          damaged[bit / 8] ^= 1 << UInt8(bit % 8)
          try expectFound(damaged, "bit \(bit)")
        }
        for length in 0..<good.count { try expectFound(Array(good.prefix(length)), "first \(length) bytes") }
        try expectFound(good + [0], "a byte more")
        try Fixture.overwrite(file, good)
      }
      #expect(try IndexVerifier.verify(index.path).isSound)
    }
  }

  @Test func allProblemsAreListedNotOnlyTheFirst() throws {
    try withIndex { index, generation in
      let terms = generation.path + "/shard-0000/terms"
      var bytes = try Fixture.read(terms)
      bytes[64] ^= 1
      try Fixture.overwrite(terms, bytes)
      try FileSystem.removeFile(generation.path + "/shard-0001/documents")
      try Fixture.overwrite(generation.path + "/stray", [1])
      try Fixture.overwrite(generation.path + "/shard-0001/stray", [1])
      try FileSystem.removeFile(generation.path + "/quarantine.jsonl")
      try FileSystem.createDirectories(generation.path + "/quarantine.jsonl")
      let report = try IndexVerifier.verify(index.path)
      #expect(
        Set(report.problems.map { String("\($0)".dropFirst(generation.path.count + 1)) }) == [
          "shard-0000/terms: the checksum of section `data` is wrong", "shard-0001/documents: it is missing",
          "stray: the manifest does not list it", "shard-0001/stray: the manifest does not list it",
          "quarantine.jsonl: it is not a plain file or folder",
        ])
    }
  }

  @Test func missingFoldersAndForeignFilesAreFound() throws {
    func expectProblem(_ expected: String, _ change: (IndexFolder, String) throws -> Void) throws {
      try withIndex { index, generation in
        try change(index, generation.path)
        let problems = try IndexVerifier.verify(index.path).problems.map { "\($0)" }
        #expect(problems.contains { $0.hasSuffix(expected) }, "\(problems)")
      }
    }
    try expectProblem("shard-0001: it is missing") { try FileSystem.removeTree($1 + "/shard-0001") }
    try expectProblem("shard-0001: it is not a plain file or folder") {
      try FileSystem.removeTree($1 + "/shard-0001")
      try FileSystem.switchLink($1 + "/shard-0001", to: "shard-0000")
    }
    try expectProblem("shard-0000/terms: it is not a plain file or folder") {
      try FileSystem.switchLink($1 + "/shard-0000/terms", to: "../shard-0001/terms")
    }
    try expectProblem("shard-0000/documents: its digest is not the manifest's") { _, path in
      let (one, two) = (path + "/shard-0000", path + "/shard-0001")
      // The same size, and a sound file of its kind.
      try Fixture.writeDocuments(
        (0..<3).map { (Array("x-0-\($0)".utf8), Array("text \($0)".utf8)) }, to: one + "/other")
      try FileSystem.rename(one + "/other", to: one + "/documents")
      _ = two
    }
    try expectProblem("shard-0000/documents: it has 4 documents, the manifest says 3") { index, path in
      // Swapped shards under a manifest that was made for the files, with the other shard's count.
      let shards = try (0..<2).map { try Manifest.Shard.measure("\(path)/shard-000\($0)", documents: 4 - $0) }
      try FileSystem.rename(path + "/shard-0000", to: path + "/x")
      try FileSystem.rename(path + "/shard-0001", to: path + "/shard-0000")
      try FileSystem.rename(path + "/x", to: path + "/shard-0001")
      let moved = try (0..<2).map { number in
        try Manifest.Shard.measure("\(path)/shard-000\(number)", documents: shards[1 - number].documents)
      }
      let old = try Manifest.read(from: path)
      try Manifest(
        fingerprint: old.fingerprint, tool: old.tool, postings: 9, terms: 7, shards: moved, files: old.files
      ).write(to: path)
    }
    try expectProblem("current: it points to `generations/000009`, which does not exist") { index, _ in
      try FileSystem.switchLink(index.linkPath, to: "generations/000009")
    }
    try expectProblem("current: it points to `/etc`, which is not a generation") { index, _ in
      try FileSystem.switchLink(index.linkPath, to: "/etc")
    }
    try expectProblem("current: it is not a symbolic link") { index, _ in
      try FileSystem.removeFile(index.linkPath)
      try FileSystem.createDirectories(index.linkPath)
    }
  }

  @Test func filesAreCheckedWithoutAManifestToo() throws {
    try withIndex { index, generation in
      try FileSystem.removeFile(generation.path + "/manifest.json")
      try Fixture.overwrite(generation.path + "/shard-0001/terms", [])
      let report = try IndexVerifier.verify(index.path)
      #expect(report.problems.count == 2 && report.files == 5, "\(report)")
    }
  }

  @Test func leftoversAreStraysAndNoProblems() throws {
    try withIndex { index, _ in
      let building = try index.begin(Fixture.fingerprint("b"))
      let report = try IndexVerifier.verify(index.path)
      #expect(report.isSound && report.strays == [building.path])
    }
  }

  @Test func nothingToVerifyIsAnError() throws {
    try Fixture.withFolder { folder in
      #expect(throws: IndexError.self) { try IndexVerifier.verify(folder) }
      #expect(throws: IndexError.self) { try IndexVerifier.verify(folder + "/absent") }
    }
  }
}
