using System.CommandLine;
using Spectre.Console;
using SspNative.Cli.Parsing;
using SspNative.Cli.Terminal;
using SspNative.Engine;
using SspNative.Engine.Storage;
using SspNative.Model.Media;
using SspNative.Model.Prompting;

namespace SspNative.Cli.Segmenting;

/// <summary><c>ssp prompts</c>: asks a language model what is to be seen in clips.</summary>
internal static class PromptsCommand
{
    private static readonly Argument<string[]> _clips = new("CLIP")
    {
        Description = "Videos, or folders with frames/*.jpg|png and audio.wav.",
        Arity = ArgumentArity.OneOrMore,
    };

    private static readonly Option<string> _out = new("--out")
    {
        Description = "The file to write, which 'ssp segment --prompts' reads.",
        HelpName = "FILE.json",
        Required = true,
    };

    private static readonly Option<double> _fps = new("--fps")
    {
        Description = $"Frames shown from a second of video, at most {ClipPrompter.MostFrames} of a clip.",
        HelpName = "N",
        DefaultValueFactory = _ => 1,
    };

    private static readonly PromptServer _server = new("--");

    private static readonly OutputFiles _files = new();

    public static Command Create()
    {
        var command = new Verb(
            "prompts",
            "Asks a language model that sees, on a server of yours, what is to be seen in clips and what of it may sound.",
            "ssp prompts clip.mp4 --server http://localhost:8080/v1 --out prompts.json",
            "ssp prompts clip.mp4 clip/ --server http://localhost:11434/v1 --model minicpm-v --out prompts.json")
        {
            _clips, _out, _fps, _files.Overwrite,
        };
        _server.AddTo(command);
        _server.Url.Required = true;
        command.SetAction(Run);
        return command;
    }

    private static int Run(ParseResult parsed)
    {
        string path = parsed.GetRequiredValue(_out);
        string[] named = parsed.GetRequiredValue(_clips);
        _files.Require(parsed, _out, [path], named);
        OutputFiles.RequireFolder(_out, path);
        string[] names = [.. named.Select(ClipName)];
        if (names.CountBy(n => n).FirstOrDefault(n => n.Value > 1).Key is { } twice)
            throw new InputException($"two clips are named {twice}; ask about them one at a time");
        ClipSource[] clips = [.. named.Select(c => ClipSource.Open(c, parsed.GetRequiredValue(_fps)))];
        IReadOnlyList<PromptedClip> answers = ProgressBars.Show(parsed, progress => _server.Ask(parsed, clips, progress));
        string model = parsed.GetRequiredValue(_server.Model);
        AtomicFile.WriteText(path, clips.Length == 1
            ? PromptCache.Json(answers[0].Prompts, _server.Asked(parsed), model)
            : PromptCache.Json(names.Zip(answers.Select(a => a.Prompts)), _server.Asked(parsed), model));
        IAnsiConsole output = Output.Lines(parsed.InvocationConfiguration.Output);
        foreach ((string name, PromptedClip answer) in names.Zip(answers))
            output.MarkupLineInterpolated($"{name}{(answer.IsFromCache ? " (asked before)" : "")}: {PlainText.OneLine(answer.Prompts.A2)}");
        return ExitCodes.Success;
    }

    private static string ClipName(string path) => Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(path)));
}
