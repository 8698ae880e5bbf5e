import Corpus
import Testing

@Suite struct TRECSGMLTests {
  private func read(_ content: String, _ options: ReadOptions = ReadOptions()) throws -> DocumentBatch {
    try parse("trec-sgml", content, options)
  }

  @Test func contentTagsMakeTitleAndText() throws {
    let batch = try read(
      """
      <DOC>
      <DOCNO> FT911-1 </DOCNO>
      <PROFILE>not this</PROFILE>
      <DATE>910514
      </DATE>
      <HEADLINE>
      FT  14 MAY 91 / A title
      </HEADLINE>
      <TEXT>
      One <F P=105>two</F> three.
      </TEXT>
      <PUB>nor this</PUB>
      </DOC>
      <DOC>
      <DOCNO>FT911-2</DOCNO><TEXT>second</TEXT>
      </DOC>

      """)
    #expect(
      batch.documents == [
        Document("FT911-1", "910514\nOne  two  three.", title: "FT  14 MAY 91 / A title"),
        Document("FT911-2", "second"),
      ])
    #expect(batch.rejected.isEmpty)
  }

  @Test func lowerCaseTagsAndTheIdAttributeAreRead() throws {
    let batch = try read(
      "<doc id=\"A-1\" type='story'>\n<headline>h</headline><text><p>a</p><p>b</p></text>\n</doc>\n"
        + "<Doc type=x ID = A-2 >\n<Text>c</Text></dOC>\n"
        + "<DOC ID='no'><docno>A-3</docno><TEXT>d</TEXT></DOC>")
    #expect(batch.documents.map { String(decoding: $0.id, as: UTF8.self) } == ["A-1", "A-2", "A-3"])
    #expect(batch.documents[0].title == Array("h".utf8) && batch.documents[0].text == Array("a  b".utf8))
  }

  @Test func entitiesAreDecodedAndUnknownOnesKept() throws {
    let batch = try read(
      "<DOC><DOCNO>1</DOCNO><TEXT>R&amp;D &lt;b&gt; caf&eacute; a&hyph;b &#233;&#xE9; &nosuch; AT&T; Q&A &amp;lt; &#xD800;"
        + "</TEXT></DOC>")
    #expect(
      batch.documents == [Document("1", "R&D <b> café a-b éé &nosuch; AT&T; Q&A &lt; &#xD800;")])
    #expect(batch.notices[.unknownEntity] == 3)
  }

  @Test func commentsGoAndALoneLessThanStays() throws {
    let batch = try read("<DOC><DOCNO>1</DOCNO><TEXT>a<!-- PJG <STAG> -->b < c <5 d << e</TEXT></DOC>")
    #expect(batch.documents == [Document("1", "ab < c <5 d << e")])
  }

  @Test func aContentElementInsideAnotherCountsOnce() throws {
    let batch = try read("<DOC><DOCNO>1</DOCNO><TEXT>a <HL>b</HL> c <TEXT>d</TEXT> e</TEXT><LP>f</LP></DOC>")
    #expect(batch.documents == [Document("1", "a  b  c  d  e\nf")])
  }

  @Test func tagListsCanBeChanged() throws {
    let options = ReadOptions(contentTags: ["Body", "TTL"], titleTags: ["ttl"])
    let batch = try read("<DOC><DOCNO>1</DOCNO><ttl>t</ttl><TEXT>a</TEXT><body>b</body></DOC>", options)
    #expect(batch.documents == [Document("1", "b", title: "t")])
    let none = try read("<DOC><DOCNO>1</DOCNO><body>b</body></DOC>")
    #expect(none.notices[.noContentTag] == 1 && none.documents == [Document("1", "")])
  }

  @Test func brokenRecordsAreQuarantinedWithTheirReason() throws {
    let batch = try read(
      """
      <DOC><TEXT>no id</TEXT></DOC>
      <DOC><DOCNO>1</DOCNO><TEXT>a</TEXT>
      <DOC><DOCNO>2</DOCNO><TEXT>b</TEXT></DOC>
      junk </DOC>
      <DOC><DOCNO>3</DOCNO><TEXT>c</TEXT></DOC>
      <DOC><DOCNO>4</DOCNO><TEXT>cut off
      """)
    #expect(batch.documents == [Document("3", "c")])
    #expect(batch.rejected.map(\.reason) == [.missingDocno, .malformedSGML, .malformedSGML, .malformedSGML])
    #expect(batch.rejected.map(\.line) == [11, 12, 14, 16])
    #expect(batch.rejected.map(\.id) == [nil, "1", nil, "4"])
  }

  @Test func anUnclosedElementEndsWithItsDocument() throws {
    let batch = try read("<DOC><DOCNO>1</DOCNO><TEXT>a</DOC>\n<DOC><DOCNO>2<TEXT>b</DOC>\n")
    #expect(batch.documents.first == Document("1", "a"))
    #expect(batch.documents.count == 2)
  }

  @Test func otherBytesThanUTF8AreLatin1() throws {
    let content = Array("<DOC><DOCNO>1</DOCNO><TEXT>caf".utf8) + [0xE9, 0x20, 0x93] + Array("x</TEXT></DOC>\n".utf8)
    let batch = try parse("trec-sgml", content + Array("<DOC><DOCNO>2</DOCNO><TEXT>é</TEXT></DOC>\n".utf8))
    #expect(batch.documents == [Document("1", "café \u{FFFD}x"), Document("2", "é")])
    #expect(batch.notices[.latin1] == 1 && batch.notices[.replacement] == 1)
  }

  @Test func patternsLeaveOutReadmesAndDTDs() throws {
    let folder = try TemporaryFolder()
    let document = "<DOC><DOCNO>1</DOCNO><TEXT>a</TEXT></DOC>\n"
    for name in ["disk/ft/a1", "disk/ft/README", "disk/ft/readme.txt", "disk/dtds/x", "disk/cr/y"] {
      try folder.write(name, document)
    }
    let (splits, batch) = try everything([folder.path("disk/*/*")], "trec-sgml")
    #expect(splits.map(\.name) == ["ft/a1"] && batch.documents.count == 1)
    #expect(throws: CorpusError.self) { try everything([folder.path("disk/d*/*")], "trec-sgml") }
    // By its own name everything is read.
    #expect(try everything([folder.path("disk/ft/README")], "trec-sgml").batch.documents.count == 1)
  }
}
