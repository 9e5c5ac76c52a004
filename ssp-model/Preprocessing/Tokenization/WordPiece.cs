using SspNative.Model.Files;

namespace SspNative.Model.Preprocessing.Tokenization;

/// <summary>
/// BERT's uncased tokenizer over a <c>vocab.txt</c>: the longest piece that a word begins with, then the longest that goes on, <c>##…</c>, to its
/// end. A word that cannot be put together so, or is longer than 100 characters, is <c>[UNK]</c>.
/// </summary>
public sealed class WordPiece
{
    private const int LongestWord = 100;
    private const string Continuation = "##";
    private const string Unknown = "[UNK]";

    private static readonly string[] _special = ["[PAD]", Unknown, "[CLS]", "[SEP]", "[MASK]"];

    private readonly Dictionary<string, int> _ids = [];
    private readonly Dictionary<string, int> _continuations = [];
    private readonly int _unknown;

    private WordPiece(string text, string path)
    {
        ReadVocabulary(text, path);
        foreach (string special in _special)
            if (!_ids.ContainsKey(special))
                throw new InputException($"{path}: no BERT vocabulary, {special} is missing");
        _unknown = _ids[Unknown];
        ClassificationId = _ids["[CLS]"];
        SeparatorId = _ids["[SEP]"];
    }

    /// <summary>Lines of the vocabulary; an id is the number of its line, from 0.</summary>
    public int Count { get; private set; }

    /// <summary>The id of <c>[CLS]</c>, which begins every text.</summary>
    public int ClassificationId { get; }

    /// <summary>The id of <c>[SEP]</c>, which ends every part of a text.</summary>
    public int SeparatorId { get; }

    /// <summary>Reads a vocabulary of at most 16 MiB, one token a line.</summary>
    /// <exception cref="InputException">The file is missing, too large or no text, lacks BERT's special tokens, or has a token twice.</exception>
    public static WordPiece Load(string path) => new(InputFile.ReadText(path, InputFile.TextLimit), path);

    /// <summary>
    /// The ids of a text, without <c>[CLS]</c> before and <c>[SEP]</c> after it. A special token that stands in the text, in capitals, is itself.
    /// </summary>
    /// <remarks>
    /// Any string has ids. What is no text, halves of surrogate pairs, is dropped as control characters are.
    /// </remarks>
    public IReadOnlyList<int> Encode(string text)
    {
        var ids = new List<int>();
        int start = 0;
        while (FirstSpecial(text, start) is var (at, special))
        {
            AppendWords(text[start..at], ids);
            ids.Add(_ids[special]);
            start = at + special.Length;
        }
        AppendWords(text[start..], ids);
        return ids;
    }

    private static (int At, string Special)? FirstSpecial(string text, int start)
    {
        for (int i = start; (i = text.IndexOf('[', i)) >= 0; i++)
            foreach (string special in _special)
                if (string.CompareOrdinal(text, i, special, 0, special.Length) == 0)
                    return (i, special);
        return null;
    }

    private void AppendWords(string text, List<int> ids)
    {
        foreach (string word in BasicTokenizer.Split(text))
            AppendPieces(word, ids);
    }

    private void AppendPieces(string word, List<int> ids)
    {
        int count = ids.Count;
        for (int start = 0; start < word.Length;)
        {
            if ((start > 0 || word.EnumerateRunes().Count() <= LongestWord) && LongestPiece(word, start) is var (id, length))
            {
                ids.Add(id);
                start += length;
                continue;
            }
            ids.RemoveRange(count, ids.Count - count);
            ids.Add(_unknown);
            return;
        }
    }

    private (int Id, int Length)? LongestPiece(string word, int start)
    {
        var pieces = (start == 0 ? _ids : _continuations).GetAlternateLookup<ReadOnlySpan<char>>();
        for (int end = word.Length; end > start; end--)
            if (pieces.TryGetValue(word.AsSpan(start, end - start), out int id))
                return (id, end - start);
        return null;
    }

    private void ReadVocabulary(string text, string path)
    {
        using var reader = new StringReader(text);
        for (; reader.ReadLine() is { } token; Count++)
        {
            if (token.Length > 0 && !_ids.TryAdd(token, Count))
                throw new InputException(
                    $"{path}: line {Count + 1} has the token {InputFile.Quote(token)} of line {_ids[token] + 1} again");
            if (token.StartsWith(Continuation, StringComparison.Ordinal))
                _continuations[token[Continuation.Length..]] = Count;
        }
    }
}
