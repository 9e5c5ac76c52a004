using SspNative.Engine;
using SspNative.Model.Preprocessing;
using Xunit;

namespace SspNative.Tests;

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
    public void WrongPromptsAreNamed(string json, string part)
    {
        string message = Assert.Throws<InputException>(() => Prompts.Parse(json, "prompts.json")).Message;
        Assert.StartsWith("prompts.json: ", message);
        Assert.Contains(part, message);
        Assert.DoesNotContain('\n', message);
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
