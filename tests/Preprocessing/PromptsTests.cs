using SspNative.Engine;
using SspNative.Model.Preprocessing;
using SspNative.Tests.Support;
using Xunit;

namespace SspNative.Tests.Preprocessing;

public sealed class PromptsTests : IDisposable
{
    private static readonly string[] _vocabulary =
        ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "a", "man", "plays", "guitar", ",", "##s", "cafe", "play", "##ing", "."];

    private readonly string _folder = Directory.CreateTempSubdirectory("ssp-prompts").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void PromptsAreRead()
    {
        string path = Write("prompts.json", """{ "A1": " a man plays a guitar ", "A2": "man, guitar", "model": "any" }""");
        Assert.Equal(new Prompts("a man plays a guitar", "man, guitar"), Prompts.Load(path));
    }

    [Theory]
    [InlineData("""{ "A1": "a man" }""", "\"A2\"")]
    [InlineData("""{ "A1": 3, "A2": "man" }""", "\"A1\"")]
    [InlineData("""{ "A1": " ", "A2": "man" }""", "\"A1\"")]
    [InlineData("[]", "\"A1\"")]
    [InlineData("{\n\"A1\": ", "line 2")]
    [InlineData("{\"A1\":\"\\ud800\",\"A2\":\"x\"}", "line 1 has half of a surrogate pair")]
    [InlineData("{\"A1\": \"a\",\n\"A2\": \"x\",\n\"\\udc00\": 1}", "line 3 has half of a surrogate pair")]
    [InlineData("{\"A1\": \"a\",\n\"A2\": \"x\",\n\"A1\": \"b\"}", "line 3 has the member \"A1\" a second time")]
    public void WrongPromptsAreNamed(string json, string part)
    {
        string message = Assert.Throws<InputException>(() => Prompts.Parse(json, "prompts.json")).Message;
        Assert.StartsWith("prompts.json: ", message);
        Assert.Contains(part, message);
        Assert.DoesNotContain('\n', message);
    }

    [Fact]
    public void PromptsOfAnySizeAndDepthAreReadOrRefusedAtOnce()
    {
        Assert.Contains("not JSON", Costs.ErrorWithin<InputException>(() => Prompts.Parse(new string('[', 1_000_000), "deep.json")));
        string large = Write("large.json", "{\"A1\": \"" + new string('a', 1_100_000) + "\", \"A2\": \"x\"}");
        Assert.Contains("more than the 1048576", Costs.ErrorWithin<InputException>(() => Prompts.Load(large)));
        string bytes = Write("bytes.json", "");
        File.WriteAllBytes(bytes, [.. "{\"A1\":\n\""u8, 0xFF]);
        Assert.Contains("line 2 is not UTF-8", Costs.ErrorWithin<InputException>(() => Prompts.Load(bytes)));
    }

    [Fact]
    public void ATextIsSentencesAndNoBook()
    {
        string json = "{\"A1\": \"a\", \"A2\": \"" + new string('a', 20_000) + "\"}";
        Assert.Contains("\"A2\" has 20000 characters", Costs.ErrorWithin<InputException>(() => Prompts.Parse(json, "book.json")));
    }

    [Theory]
    [InlineData("guitar ")]
    [InlineData("éa,")]
    public void AVeryLongPromptIsCutAtOnce(string unit)
    {
        string text = string.Concat(Enumerable.Repeat(unit, 16_000 / unit.Length));
        var bert = PromptTokenizer.FromVocabulary(Write("vocab.txt", string.Join('\n', _vocabulary)), 20);
        foreach (PromptTokenizer tokenizer in new[] { bert, PromptTokenizer.Hashing(30524) })
        {
            Assert.Equal(128, Costs.Within(() => tokenizer.Encode(new Prompts(text, text))).Length);
            Assert.InRange(Costs.Within(() => tokenizer.Encode(new Prompts(new string('a', 16_384), "x"))).Length, 5, 128);
        }
    }

    [Fact]
    public void WordPieceSplitsAsBertDoes()
    {
        var tokenizer = PromptTokenizer.FromVocabulary(Write("vocab.txt", string.Join('\n', _vocabulary)), 20);
        Assert.Equal([2, 5, 6, 7, 5, 8, 3, 6, 9, 8, 10, 3], tokenizer.Encode(new Prompts("A man plays a guitar", "man,guitars")));
        Assert.Equal([2, 12, 13, 14, 3, 1, 3], tokenizer.Encode(new Prompts("playing.", "violin")));
    }

    [Fact]
    public void AccentsAreRemoved()
    {
        var tokenizer = PromptTokenizer.FromVocabulary(Write("vocab.txt", string.Join('\n', _vocabulary)), 20);
        Assert.Equal([2, 11, 3, 6, 3], tokenizer.Encode(new Prompts("Café", "man")));
    }

    [Fact]
    public void LongPromptsKeepTheirNouns()
    {
        var tokenizer = PromptTokenizer.FromVocabulary(Write("vocab.txt", string.Join('\n', _vocabulary)), 20);
        Assert.Equal([2, 5, 6, 3, 6, 8, 3], tokenizer.Encode(new Prompts("a man plays a guitar", "man guitar"), 7));
        Assert.Equal([2, 3, 6, 3], tokenizer.Encode(new Prompts("a man plays", "man guitar"), 4));
        Assert.Equal([2, 3, 3], tokenizer.Encode(new Prompts("a man plays", "man guitar"), 3));
        Assert.Throws<ArgumentOutOfRangeException>(() => tokenizer.Encode(new Prompts("a man plays", "man guitar"), 2));
    }

    [Fact]
    public void WrongVocabulariesAreNamed()
    {
        string path = Write("vocab.txt", string.Join('\n', _vocabulary));
        Assert.Contains("embeds 10", Assert.Throws<InputException>(() => PromptTokenizer.FromVocabulary(path, 10)).Message);
        string other = Write("other.txt", "a\nb");
        Assert.Contains("[PAD]", Assert.Throws<InputException>(() => PromptTokenizer.FromVocabulary(other, 10)).Message);
        Assert.Throws<InputException>(() => PromptTokenizer.FromVocabulary(path + "x", 10));
        Assert.Contains("[PAD]", Assert.Throws<InputException>(() => PromptTokenizer.FromVocabulary(Write("empty.txt", ""), 10)).Message);
        string doubled = Write("doubled.txt", string.Join('\n', [.. _vocabulary, "man"]));
        Assert.Contains(
            "line 16 has the token \"man\" of line 7 again",
            Assert.Throws<InputException>(() => PromptTokenizer.FromVocabulary(doubled, 20)).Message);
        File.WriteAllBytes(other, [.. "[PAD]\n"u8, 0xED, 0xA0, 0x80]);
        Assert.Contains("line 2 is not UTF-8", Assert.Throws<InputException>(() => PromptTokenizer.FromVocabulary(other, 10)).Message);
        File.WriteAllBytes(other, new byte[17 << 20]);
        Assert.Contains("more than the", Costs.ErrorWithin<InputException>(() => PromptTokenizer.FromVocabulary(other, 10)));
    }

    [Fact]
    public void BlankLinesCountAsIds()
    {
        string path = Write("vocab.txt", "[PAD]\n\n\n[UNK]\n[CLS]\n[SEP]\n[MASK]\r\nman");
        Assert.Equal([4, 7, 5, 3, 5], PromptTokenizer.FromVocabulary(path, 20).Encode(new Prompts("man", "dog")));
    }

    [Theory]
    [InlineData(4)]
    [InlineData(120)]
    [InlineData(30524)]
    public void HashedIdsAreRepeatableAndWithinTheVocabulary(int vocabSize)
    {
        var prompts = new Prompts("A man plays a guitar", "man, guitar.");
        int[] ids = PromptTokenizer.Hashing(vocabSize).Encode(prompts);
        Assert.Equal(ids, PromptTokenizer.Hashing(vocabSize).Encode(prompts));
        Assert.Equal(3 + 5 + 4, ids.Length);
        Assert.All(ids, id => Assert.InRange(id, 0, vocabSize - 1));
        Assert.Equal(ids[1], ids[4]);
        Assert.Equal(ids[2], ids[7]);
    }

    private string Write(string name, string text)
    {
        string path = Path.Combine(_folder, name);
        File.WriteAllText(path, text);
        return path;
    }
}
