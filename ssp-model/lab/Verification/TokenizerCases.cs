using System.Diagnostics;
using System.Text.Json;
using SspNative.Lab.References;
using SspNative.Model.Files;
using SspNative.Model.Preprocessing.Tokenization;

namespace SspNative.Lab.Verification;

/// <summary>
/// Runs files of texts with their token ids, <c>{"module": "tokenizer.bert-uncased", "cases": [{"text": "…", "ids": […]}]}</c>, over a vocabulary.
/// </summary>
public static class TokenizerCases
{
    /// <summary>How such files end.</summary>
    public const string Extension = ".json";

    private const string Module = "tokenizer.bert-uncased";

    /// <summary>Runs one file. Whatever goes wrong in it is its failure, so that others can go on.</summary>
    public static CaseResult Run(string path, WordPiece tokenizer)
    {
        long start = Stopwatch.GetTimestamp();
        try
        {
            List<Judgement> judgements = Judge(path, tokenizer);
            return new CaseResult(path, Module, judgements, null, Stopwatch.GetElapsedTime(start));
        }
        catch (InputException e)
        {
            return new CaseResult(path, null, [], e.Message, Stopwatch.GetElapsedTime(start));
        }
    }

    private static List<Judgement> Judge(string path, WordPiece tokenizer)
    {
        using JsonDocument document = JsonText.Parse(InputFile.ReadText(path, InputFile.TextLimit), path);
        JsonElement root = document.RootElement;
        if (root.ValueKind != JsonValueKind.Object || !root.TryGetProperty("module", out JsonElement module) || !module.ValueEquals(Module))
            throw new InputException($"{path}: no file of token ids, its module is not \"{Module}\"");
        if (!root.TryGetProperty("cases", out JsonElement cases) || cases.ValueKind != JsonValueKind.Array || cases.GetArrayLength() == 0)
            throw new InputException($"{path}: there is no list \"cases\"");
        return [.. cases.EnumerateArray().Select((c, i) => Judge(c, $"{path}: cases[{i}]", tokenizer))];
    }

    private static Judgement Judge(JsonElement element, string at, WordPiece tokenizer)
    {
        if (element.ValueKind != JsonValueKind.Object
            || !element.TryGetProperty("text", out JsonElement text) || text.ValueKind != JsonValueKind.String
            || !element.TryGetProperty("ids", out JsonElement ids) || ids.ValueKind != JsonValueKind.Array
            || ids.EnumerateArray().Any(i => i.ValueKind != JsonValueKind.Number || !i.TryGetInt32(out _)))
            throw new InputException($"{at} is no text with its ids");
        string name = InputFile.Quote(text.GetString()!);
        long[] ours = [.. tokenizer.Encode(text.GetString()!).Select(i => (long)i)];
        long[] expected = [.. ids.EnumerateArray().Select(i => i.GetInt64())];
        return ours.Length == expected.Length
            ? Judgement.Compare(name, ours, expected)
            : Judgement.Fail(name, $"{ours.Length} ids instead of {expected.Length}");
    }
}
