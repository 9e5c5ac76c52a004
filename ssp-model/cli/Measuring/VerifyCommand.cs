using System.CommandLine;
using System.Globalization;
using Spectre.Console;
using SspNative.Cli.Options;
using SspNative.Cli.Parsing;
using SspNative.Cli.Terminal;
using SspNative.Engine;
using SspNative.Kernels;
using SspNative.Lab.References;
using SspNative.Lab.Verification;
using SspNative.Model.Preprocessing.Tokenization;

namespace SspNative.Cli.Measuring;

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
        Option<string> device = DeviceOption.Create(), precision = DeviceOption.CreatePrecision();
        Option<string> vocab = VocabularyOption.Create("BERT's vocab.txt, for cases of token ids; without it folders are not searched for them.");
        var json = new Option<bool>("--json") { Description = "Print one JSON document instead of lines." };
        var command = new Verb(
            "verify",
            "Runs reference cases and compares every output and gradient with PyTorch's. In another precision than fp32 it shows what that costs the outputs.",
            "ssp verify tests/reference",
            "ssp verify tests/reference/ops/conv2d@3x3.safetensors --device cpu",
            "ssp verify tests/reference/tokenizer --vocab vocab.txt",
            "ssp verify tests/reference/models --precision bf16",
            "ssp verify tests/reference/models --json > verify.json")
        {
            paths,
            device,
            precision,
            vocab,
            json,
        };
        command.SetAction(parsed =>
        {
            List<CaseFile> files = Find(parsed.GetRequiredValue(paths), withTokens: parsed.GetValue(vocab) is not null);
            IDevice target = DeviceOption.Open(parsed, device, precision);
            TextWriter output = parsed.InvocationConfiguration.Output;
            parsed.RefuseUseless(vocab, target.Precision != Precision.Fp32, "token ids have no precision");
            WordPiece? tokenizer = parsed.GetValue(vocab) is { } vocabulary ? WordPiece.Load(vocabulary) : null;
            return target.Precision == Precision.Fp32
                ? Run(files, tokenizer, target, parsed.GetValue(json), output, parsed.Stop())
                : Compare(files, target, DeviceOption.Open(parsed.GetRequiredValue(device)), parsed.GetValue(json), output, parsed.Stop());
        });
        return command;
    }

    private static int Compare(List<CaseFile> files, IDevice device, IDevice fp32, bool json, TextWriter output, CancellationToken stop)
    {
        int nameWidth = files.Max(f => f.Name.Length);
        var results = new List<PrecisionResult>();
        if (!json)
            output.WriteLine($"      {"case".PadRight(nameWidth)}  {"fp32",7}  {device.Precision.Name(),7}  {"limit",7}  matrices  output");
        foreach (CaseFile file in files)
        {
            stop.ThrowIfCancellationRequested();
            PrecisionResult result = PrecisionComparison.Run(file.Path, device, fp32);
            results.Add(result);
            if (json)
                continue;
            string verdict = result.Passed ? "[green]pass[/]" : "[red]FAIL[/]";
            string name = Markup.Escape(file.Name.PadRight(nameWidth)), limit = Number(result.Limit, "0.0e-00");
            string numbers = $"{Number(result.Fp32Error, "0.0e-00"),7}  {Number(result.Error, "0.0e-00"),7}  {limit,7}  {result.Matrices,8}  {result.Output}";
            if (result.Gradients is not null)
                numbers += $"; gradients up to {Number(result.Gradients, "0.0e-00")}, not judged";
            Output.Lines(output).MarkupLine($"{verdict}  {name}  {Markup.Escape(result.Failure ?? numbers)}");
        }
        PrecisionReport report = PrecisionReport.Of(device, results);
        output.WriteLine(json ? report.ToJson() : $"{report.Passed} within their limits, {report.Failed} not");
        return report.Failed == 0 ? ExitCodes.Success : ExitCodes.Failure;
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
        return failed == 0 ? ExitCodes.Success : ExitCodes.Failure;
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
