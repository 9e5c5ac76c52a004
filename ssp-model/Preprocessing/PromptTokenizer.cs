using System.Text;
using System.Text.RegularExpressions;
using SspNative.Model.Preprocessing.Tokenization;

namespace SspNative.Model.Preprocessing;

/// <summary>
/// From prompts to token ids, <c>[CLS] A1 [SEP] A2 [SEP]</c>: BLIP's tokenizer, which is BERT's lower-case <see cref="WordPiece"/>. Where
/// no vocabulary is at hand, words are hashed to ids instead; weights that were trained with the one must never meet the other.
/// </summary>
public sealed partial class PromptTokenizer
{
    /// <summary>The first word of BERT's vocabulary: the ids below it are unused or special tokens.</summary>
    private const int FirstWordOfBert = 1000;

    // [CLS] and both [SEP].
    private const int SpecialTokens = 3;

    private readonly Func<string, IReadOnlyList<int>> _encode;
    private readonly int _cls;
    private readonly int _sep;

    private PromptTokenizer(Func<string, IReadOnlyList<int>> encode, int cls, int sep)
    {
        _encode = encode;
        _cls = cls;
        _sep = sep;
    }

    /// <summary>Whether words are hashed for want of a vocabulary.</summary>
    public bool HashesWords { get; private init; }

    /// <summary>WordPiece where there is a vocabulary, hashed words where there is none.</summary>
    /// <exception cref="InputException">As <see cref="FromVocabulary"/>.</exception>
    public static PromptTokenizer Open(string? vocabulary, int vocabSize) =>
        vocabulary is null ? Hashing(vocabSize) : FromVocabulary(vocabulary, vocabSize);

    /// <summary>WordPiece over a <c>vocab.txt</c> of at most 16 MiB, one token a line.</summary>
    /// <param name="vocabSize">Rows of the model's word embeddings; BLIP has two more than the file has lines.</param>
    /// <exception cref="InputException">
    /// The file is missing, too large or no text, lacks BERT's special tokens, has a token twice, or too many tokens.
    /// </exception>
    public static PromptTokenizer FromVocabulary(string path, int vocabSize)
    {
        WordPiece wordPiece = WordPiece.Load(path);
        return wordPiece.Count <= vocabSize
            ? new PromptTokenizer(wordPiece.Encode, wordPiece.ClassificationId, wordPiece.SeparatorId)
            : throw new InputException($"{path}: {wordPiece.Count} tokens, but the model embeds {vocabSize}");
    }

    /// <summary>
    /// Without a vocabulary: each lower-case word or punctuation mark becomes first + FNV-1a(word) mod (vocabSize − first).
    /// [CLS], [SEP] and first are BERT's 101, 102 and 1000, or 1, 2 and 3 where the vocabulary is smaller than that.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no room for a word beside the special tokens.</exception>
    public static PromptTokenizer Hashing(int vocabSize)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(vocabSize, 4);
        bool isLarge = vocabSize > FirstWordOfBert;
        int first = isLarge ? FirstWordOfBert : 3;
        int IdOf(string word) => first + (int)(Fnv1a(word) % (uint)(vocabSize - first));
        return new PromptTokenizer(
            text => [.. Words().Matches(text.ToLowerInvariant()).Select(word => IdOf(word.Value))],
            isLarge ? 101 : 1,
            isLarge ? 102 : 2)
        {
            HashesWords = true,
        };
    }

    /// <summary>
    /// The S ids of a clip's prompts. Where they exceed the maximum A1 loses its end first: A2 is short and names what sounds.
    /// </summary>
    /// <param name="maxLength">Of the ids with the three special ones; the model's positions limit it.</param>
    public int[] Encode(Prompts prompts, int maxLength = 128)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maxLength, SpecialTokens);
        int room = maxLength - SpecialTokens;
        int[] second = [.. _encode(prompts.A2).Take(room)];
        int[] first = [.. _encode(prompts.A1).Take(room - second.Length)];
        return [_cls, .. first, _sep, .. second, _sep];
    }

    /// <summary>The ids of a clip's prompts and the three special ones, were there room for all.</summary>
    public int Count(Prompts prompts) => SpecialTokens + _encode(prompts.A1).Count + _encode(prompts.A2).Count;

    private static ulong Fnv1a(string word)
    {
        ulong hash = 0xcbf29ce484222325;
        foreach (byte b in Encoding.UTF8.GetBytes(word))
            hash = (hash ^ b) * 0x100000001b3;
        return hash;
    }

    [GeneratedRegex(@"[\p{L}\p{N}]+|[^\p{L}\p{N}\s]")]
    private static partial Regex Words();
}
