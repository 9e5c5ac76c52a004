using FsCheck.Xunit;
using SspNative.Lab.References;
using SspNative.Lab.Verification;
using SspNative.Model.Preprocessing.Tokenization;
using Xunit;

namespace SspNative.Tests.Preprocessing;

/// <summary>BERT's tokenizer over its own vocabulary.</summary>
public sealed class WordPieceTests
{
    private static readonly string _folder = Path.Combine(AppContext.BaseDirectory, "reference", "tokenizer");
    private static readonly WordPiece _bert = WordPiece.Load(Path.Combine(_folder, "bert-base-uncased.vocab.txt"));

    [Fact]
    public void EveryReferenceTextHasBertsIds()
    {
        CaseResult result = TokenizerCases.Run(Path.Combine(_folder, "bert-uncased.json"), _bert);
        Assert.Null(result.Failure);
        Assert.Equal(25, result.Judgements.Count);
        Assert.All(result.Judgements, j => Assert.True(j.Level == JudgementLevel.AsGoodAsPyTorch, $"{j.Name}: {j.Reason}"));
    }

    [Theory]
    [InlineData("\uD83C", "")]
    [InlineData("gui\uDFB8tar", "guitar")]
    [InlineData("gui\uFFFDtar", "guitar")]
    [InlineData("gui\u00ADtar\u0000", "guitar")]
    [InlineData("gui\vtar", "guitar")]
    [InlineData("a\u2028guitar\u2029\u3000b", "a guitar b")]
    [InlineData("GUITÁR", "guitar")]
    [InlineData("GUITA\u0301R", "guitar")]
    [InlineData("Ệ", "e")]
    [InlineData("\u212Bngström \u212A", "angstrom k")]
    [InlineData("İ", "i")]
    [InlineData("ΟΔΟΣ", "οδοσ")]
    [InlineData("й", "и")]
    [InlineData("が", "か")]
    [InlineData("각", "\u1100\u1161\u11A8")]
    [InlineData("ก็", "ก")]
    [InlineData("a\u037Eb\u1FEFc", "a;b`c")]
    [InlineData("木琴", "木 琴")]
    [InlineData("\uF900木", "\u8C48 木")]
    [InlineData("[sep]", "[ sep ]")]
    public void TextsThatLookAlikeToBertHaveTheSameIds(string text, string other) => Assert.Equal(_bert.Encode(other), _bert.Encode(text));

    [Fact]
    public void AWordOfAHundredCharactersIsCutAndALongerOneIsUnknown()
    {
        Assert.DoesNotContain(100, _bert.Encode(new string('a', 100)));
        Assert.Equal([100], _bert.Encode(new string('a', 101)));
        Assert.Equal([100], _bert.Encode(string.Concat(Enumerable.Repeat("𝐀", 100))));
    }

    [Property]
    public bool AnyStringHasIdsOfTheVocabulary(ushort[] characters) =>
        _bert.Encode(Text(characters)).All(id => id >= 0 && id < _bert.Count);

    [Property]
    public bool HalvesOfSurrogatePairsAreDropped(ushort[] before, ushort[] after)
    {
        static bool IsWhole(ushort c) => !char.IsSurrogate((char)c);
        string first = Text(before.Where(IsWhole)), second = Text(after.Where(IsWhole));
        return _bert.Encode(first + '\uDC00' + second).SequenceEqual(_bert.Encode(first + second))
            && _bert.Encode(first + '\uD800' + second).SequenceEqual(_bert.Encode(first + second));
    }

    [Property]
    public bool TextsOnEitherSideOfALineBreakAreSplitAlone(ushort[] before, ushort[] after)
    {
        string first = Text(before), second = Text(after);
        return _bert.Encode($"{first}\n{second}").SequenceEqual([.. _bert.Encode(first), .. _bert.Encode(second)]);
    }

    [Property]
    public bool AnyAsciiMarkIsAWordOfItsOwn(byte number)
    {
        const string Marks = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~";
        char mark = Marks[number % Marks.Length];
        return _bert.Encode($"a{mark}b").SequenceEqual(_bert.Encode($"a {mark} b"));
    }

    [Fact]
    public void AFileThatIsNoneOfTokenIdsIsItsOwnFailure()
    {
        string path = Path.GetTempFileName();
        try
        {
            foreach (string json in (string[])["[]", "{}", """{"module": "tokenizer.bert-uncased", "cases": [{"text": 1}]}""", "{"])
            {
                File.WriteAllText(path, json);
                Assert.StartsWith(path, TokenizerCases.Run(path, _bert).Failure);
            }
        }
        finally
        {
            File.Delete(path);
        }
    }

    private static string Text(IEnumerable<ushort> characters) => string.Concat(characters.Select(c => (char)c));
}
