import java.io.*;
import java.nio.charset.StandardCharsets;
import java.nio.file.*;
import java.util.*;
import org.apache.lucene.analysis.*;
import org.apache.lucene.analysis.core.WhitespaceAnalyzer;
import org.apache.lucene.analysis.en.EnglishAnalyzer;
import org.apache.lucene.analysis.standard.*;
import org.apache.lucene.analysis.tokenattributes.*;

/**
 * Asks the real Lucene. Needs Lucene's core and analysis-common on the class path (made with 9.9.1, as packed in the
 * Python package pyserini 1.6.0, resources/jars/anserini-1.7.1-fatjar.jar) and Java 17 or later:
 *
 *   java -cp JAR LexicalLucene.java golden STRINGS      escaped strings, one a line -> lexical-lucene.tsv
 *   java -cp JAR LexicalLucene.java digest FILE.tsv...  id TAB text -> passages, terms, FNV-1a 64 of the terms
 *   java -cp JAR LexicalLucene.java classes             code point, how it behaves between others (a hash)
 *   java -cp JAR LexicalLucene.java lower               code point, its lower case, where they differ
 *   java -cp JAR LexicalLucene.java check FILE          lines: term TAB stem; prints those that Lucene stems otherwise
 *
 * Escaped: every UTF-16 unit outside U+0020...U+007E, and the backslash, as backslash u and four hex digits.
 */
public class LexicalLucene {
  static final Analyzer[] ANALYZERS = {new EnglishAnalyzer(), new StandardAnalyzer(), new WhitespaceAnalyzer()};

  static List<String> terms(Analyzer analyzer, String text) throws IOException {
    List<String> terms = new ArrayList<>();
    try (TokenStream stream = analyzer.tokenStream("f", text)) {
      CharTermAttribute term = stream.addAttribute(CharTermAttribute.class);
      stream.reset();
      while (stream.incrementToken()) terms.add(term.toString());
      stream.end();
    }
    return terms;
  }

  static String escape(String text) {
    StringBuilder out = new StringBuilder();
    for (char c : text.toCharArray()) {
      if (c < 0x20 || c > 0x7e || c == '\\') out.append(String.format("\\u%04x", (int) c));
      else out.append(c);
    }
    return out.toString();
  }

  static String unescape(String text) {
    StringBuilder out = new StringBuilder();
    for (int i = 0; i < text.length(); i++) {
      if (text.charAt(i) == '\\') {
        out.append((char) Integer.parseInt(text.substring(i + 2, i + 6), 16));
        i += 5;
      } else out.append(text.charAt(i));
    }
    return out.toString();
  }

  static void golden(String path, PrintStream out) throws IOException {
    for (String line : Files.readAllLines(Path.of(path), StandardCharsets.US_ASCII)) {
      out.print(line);
      for (Analyzer analyzer : ANALYZERS) out.print("\t" + escape(String.join(" ", terms(analyzer, unescape(line)))));
      out.print("\n");
    }
  }

  static void digest(String path, PrintStream out) throws IOException {
    String[] names = {"english", "standard", "whitespace"};
    for (int a = 0; a < names.length; a++) {
      long hash = 0xcbf29ce484222325L, passages = 0, count = 0;
      for (String line : new String(Files.readAllBytes(Path.of(path)), StandardCharsets.UTF_8).split("\n")) {
        passages++;
        for (String term : terms(ANALYZERS[a], line.substring(line.indexOf('\t') + 1))) {
          count++;
          for (byte b : (term + "\n").getBytes(StandardCharsets.UTF_8)) hash = (hash ^ (b & 0xff)) * 0x100000001b3L;
        }
        hash = (hash ^ 0) * 0x100000001b3L;
      }
      String folder = Path.of(path).toAbsolutePath().getParent().getFileName().toString();
      out.printf("%s\t%s\t%d\t%d\t%016x%n", folder, names[a], passages, count, hash);
    }
  }

  static void classes(PrintStream out) throws IOException {
    String[] around = {"a", "1", "_", "'", ".", ",", "\"", "#", "\u05d0", "\u05d0\"", "\u30a2", "\u3042", "\u4e00", "\uac00",
      "\u0e01", "\u0300", "\u200d", "\ufe0f", "\u20e3", "\u00a9", "\ud83d\udc69", "\ud83d\udc69\u200d", "\ud83c\udffb",
      "\ud83c\udde6", "\udb40\udc61", "\udb40\udc7f", "\ud83c\udff4\udb40\udc67", "a:", "1,", "a."};
    StandardTokenizer tokenizer = new StandardTokenizer();
    OffsetAttribute offset = tokenizer.addAttribute(OffsetAttribute.class);
    TypeAttribute type = tokenizer.addAttribute(TypeAttribute.class);
    for (int point = 0; point < 0x110000; point++) {
      if (point >= 0xd800 && point < 0xe000) continue;
      String c = new String(Character.toChars(point));
      StringBuilder seen = new StringBuilder();
      List<String> probes = new ArrayList<>(List.of(c, c + c));
      for (String x : around) {
        probes.add(x + c);
        probes.add(c + x);
        probes.add(x + c + "a");
        probes.add(x + c + "1");
        probes.add(x + c + x);
        probes.add("\ud83c\udff4" + c + x);
      }
      for (String probe : probes) {
        tokenizer.setReader(new StringReader(probe));
        tokenizer.reset();
        while (tokenizer.incrementToken()) {
          // Counted from the end where the character is first, so that its own length in UTF-16 does not matter.
          seen.append(offset.startOffset() > 0 ? probe.length() - offset.startOffset() : -1).append('-');
          seen.append(probe.length() - offset.endOffset()).append(type.type()).append(' ');
        }
        seen.append('|');
        tokenizer.end();
        tokenizer.close();
      }
      String text = point >= 0x10000 ? seen.toString() : seen.toString();
      out.println(Integer.toHexString(point) + " " + (point >= 0x10000 ? "w" : "n") + Integer.toHexString(text.hashCode()));
    }
  }

  static void lower(PrintStream out) {
    for (int point = 0; point < 0x110000; point++)
      if (Character.toLowerCase(point) != point) out.printf("%x %x%n", point, Character.toLowerCase(point));
  }

  static void check(String path, PrintStream out) throws IOException {
    for (String line : Files.readAllLines(Path.of(path), StandardCharsets.US_ASCII)) {
      String[] fields = line.split("\t", -1);
      KeywordTokenizerStem.check(unescape(fields[0]), unescape(fields[1]), out);
    }
  }

  /** Lucene's PorterStemFilter alone, on one term. */
  static class KeywordTokenizerStem {
    static final class One extends TokenStream {
      final CharTermAttribute term = addAttribute(CharTermAttribute.class);
      String next;

      public boolean incrementToken() {
        if (next == null) return false;
        clearAttributes();
        term.append(next);
        next = null;
        return true;
      }
    }

    static final One one = new One();
    static final TokenStream stems = new org.apache.lucene.analysis.en.PorterStemFilter(one);

    static void check(String word, String stem, PrintStream out) throws IOException {
      one.next = word;
      stems.incrementToken();
      if (!one.term.toString().equals(stem)) out.println(escape(word + "\t" + stem + "\t" + one.term));
    }
  }

  public static void main(String[] arguments) throws IOException {
    PrintStream out = new PrintStream(new FileOutputStream(FileDescriptor.out), false, "UTF-8");
    switch (arguments[0]) {
      case "golden" -> golden(arguments[1], out);
      case "digest" -> { for (int i = 1; i < arguments.length; i++) digest(arguments[i], out); }
      case "classes" -> classes(out);
      case "lower" -> lower(out);
      case "check" -> check(arguments[1], out);
      default -> throw new IllegalArgumentException(arguments[0]);
    }
    out.flush();
  }
}
