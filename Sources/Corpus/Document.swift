/// One text of a collection, as its file gives it. Bytes, because ids and texts are compared as bytes everywhere.
package struct Document: Hashable, Sendable {
  /// The file's own id, byte for byte: any non-empty UTF-8, in any order.
  package var id: [UInt8]
  /// Empty if the format or the record has none.
  package var title: [UInt8]
  /// UTF-8; may be empty.
  package var text: [UInt8]

  package init(id: [UInt8], title: [UInt8] = [], text: [UInt8]) {
    self.id = id
    self.title = title
    self.text = text
  }

  /// Title and text as one text, by a named rule.
  package func contents(joinedBy join: TitleJoin) -> [UInt8] {
    join.join(title, text)
  }
}
