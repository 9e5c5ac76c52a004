using System.CommandLine;
using System.Globalization;
using Spectre.Console;
using SspNative.Engine;
using SspNative.Kernels;
using SspNative.Lab.References;
using SspNative.Lab.Verification;
using SspNative.Model.Preprocessing.Tokenization;

namespace SspNative.Cli;

/// <summary><c>ssp verify</c>: runs reference cases and compares every output and gradient with what PyTorch computes.</summary>
internal static class VerifyCommand
{
    private const string Extension = ".safetensors";

    public static Command Create()
    {
        var paths = new Argument<string[]>("PATH")
        {
            Description = "Reference cases: *.safetensors files, *.json files of token ids, or folders to search for them.",
            Arity = ArgumentArity.OneOrMore,
        };
        Option<string> device = DeviceOption.Create();
        var vocab = new Option<string>("--vocab")
        {
            Description = "BERT's vocab.txt, for cases of token ids; without it folders are not searched for them.",
            HelpName = "FILE",
        };
        var json = new Option<bool>("--json") { Description = "Print one JSON document instead of lines." };
        var command = new Verb(
            "verify",
            "Runs reference cases and compares every output and gradient with PyTorch's.",
            "ssp verify tests/reference",
            "ssp verify tests/reference/ops/conv2d@3x3.safetensors --device cpu",
            "ssp verify tests/reference/tokenizer --vocab vocab.txt",
            "ssp verify tests/reference/models --json > verify.json")
        {
            paths,
            device,
            vocab,
            json,
        };
        command.SetAction(parsed => Run(
            Find(parsed.GetRequiredValue(paths), withTokens: parsed.GetValue(vocab) is not null),
            parsed.GetValue(vocab) is { } vocabulary ? WordPiece.Load(vocabulary) : null,
            DeviceOption.Open(parsed.GetRequiredValue(device)),
            parsed.GetValue(json),
            parsed.InvocationConfiguration.Output,
            parsed.Stop()));
        return command;
    }

    private static int Run(List<CaseFile> files, WordPiece? tokenizer, IDevice device, bool json, TextWriter output, CancellationToken stop)
    {
        IAnsiConsole console = Output.Lines(output);
        int nameWidth = files.Max(f => f.Name.Length);
        var results = new List<CaseResult>();
        foreach (CaseFile file in files)
        {
            stop.ThrowIfCancellationRequested();
            CaseResult result = tokenizer is not null && IsOfTokens(file.Path)
                ? TokenizerCases.Run(file.Path, tokenizer)
                : CaseRunner.Run(file.Path, device);
            results.Add(result);
            if (!json)
                WriteLine(console, file.Name.PadRight(nameWidth), result);
        }
        int passed = results.Count(r => r.Passed), failed = results.Count - passed;
        if (json)
            output.WriteLine(VerificationReport.Of(device, results).ToJson());
        else
            output.WriteLine($"{passed} passed, {failed} failed");
        return failed == 0 ? SspCommandLine.Success : SspCommandLine.Failure;
    }

    /// <summary>The files that paths name: files as they are, folders searched and sorted.</summary>
    private static List<CaseFile> Find(IEnumerable<string> paths, bool withTokens)
    {
        var files = new List<CaseFile>();
        foreach (string path in paths)
        {
            if (File.Exists(path))
            {
                if (IsOfTokens(path) && !withTokens)
                    throw new InputException($"{path}: cases of token ids need BERT's vocabulary, --vocab vocab.txt");
                files.Add(new CaseFile(path, Path.GetFileNameWithoutExtension(path)));
                continue;
            }
            if (!Directory.Exists(path))
                throw new InputException($"{path}: there is no such file or folder");
            List<string> found = FolderSearch.Files(path, $"*{Extension}");
            List<string> tokens = FolderSearch.Files(path, $"*{TokenizerCases.Extension}");
            if (withTokens)
                found.AddRange(tokens);
            if (found.Count == 0)
                throw new InputException($"{path}: there is no *{Extension} file in this folder{(tokens.Count > 0 ? "; its *.json files need --vocab" : "")}");
            found.Sort(StringComparer.Ordinal);
            files.AddRange(found.Select(f => new CaseFile(f, Path.ChangeExtension(Path.GetRelativePath(path, f), null))));
        }
        return files;
    }

    private static bool IsOfTokens(string path) => Path.GetExtension(path) == TokenizerCases.Extension;

    private static void WriteLine(IAnsiConsole console, string name, CaseResult result)
    {
        string verdict = result.Passed ? "[green]pass[/]" : "[red]FAIL[/]";
        string detail = result switch
        {
            { Failure: { } failure } => failure,
            { Worst: { } worst } => Describe(worst),
            _ => "",
        };
        console.MarkupLine($"{verdict}  {Markup.Escape(name)}  {Markup.Escape(detail)}");
    }

    private static string Describe(Judgement worst)
    {
        if (worst.Error is null)
            return $"{worst.Name}: {worst.Reason}";
        string errors = $"rms error {Number(worst.Error, "0.0e-00")}, PyTorch's {Number(worst.TorchError, "0.0e-00")}";
        string reason = worst.Reason is null ? "" : $", {worst.Reason}";
        return $"{worst.Name}: {errors}, ratio {Number(worst.Ratio, "0.00")}, {VerificationReport.Words(worst.Level)}{reason}";
    }

    private static string Number(double? value, string format) =>
        value?.ToString(format, CultureInfo.InvariantCulture) ?? "unknown";

    /// <summary>A case file and how lines name it: by its path inside the folder that was given.</summary>
    private sealed record CaseFile(string Path, string Name);
}
