using System.CommandLine;
using Spectre.Console;
using SspNative.Cli.Parsing;
using SspNative.Cli.Profiling;
using SspNative.Cli.Terminal;
using SspNative.Engine;
using SspNative.Kernels;
using SspNative.Model;
using SspNative.Model.Config;
using SspNative.Model.Media;
using SspNative.Model.OpticalFlow;
using SspNative.Model.Pipeline;
using SspNative.Model.Preprocessing;
using SspNative.Model.Results;

namespace SspNative.Cli.Segmenting;

/// <summary><c>ssp segment</c>: from a video to one mask per frame.</summary>
internal static class SegmentCommand
{
    private static readonly SegmentOptions _options = new();

    public static Command Create()
    {
        Option<bool> video = new("--video")
        {
            Description = "Write overlay.mp4 too: the clip at its own rate and size with its sound, what sounds marked in it. Needs ffmpeg.",
        };
        Option<bool> compare = new("--compare") { Description = "Write compare.mp4 too: frame, flow, pre-mask and mask side by side. Needs ffmpeg." };
        Option<bool> resume = new("--resume") { Description = "Of many clips, keep the results that are there already from the same weights and options." };
        var json = new Option<bool>("--json") { Description = "Print result.json on standard output too, and nothing else there." };
        Command command = Create(
            SegmentOptions.Out,
            (parsed, request, device) =>
            {
                request = request with { Videos = Videos(parsed, new ResultVideos(parsed.GetValue(video), parsed.GetValue(compare))) };
                bool isOne = ClipInputs.IsOne(request.Inputs);
                parsed.RefuseUseless(resume, isOne, "a single clip is segmented in one go");
                parsed.RefuseUseless(json, !isOne, "of many clips each has its result.json, and all have summary.json");
                return isOne ? Run(parsed, request, device, parsed.GetValue(json)) : RunMany(parsed, request, device, parsed.GetValue(resume));
            },
            "ssp segment clip.mp4 --out result",
            "ssp segment clip.mp4 --out result --video",
            "ssp segment 'videos/*.mp4' clip/ --out results --resume",
            "ssp segment clip.mp4 --out result --weights published/",
            "ssp segment clip.mp4 --out result --weights procedural",
            "ssp segment clip.mp4 --out result --weights ssp-s4.safetensors --prompts prompts.json --vocab vocab.txt",
            "ssp segment clip.mp4 --out result --prompts-server http://localhost:8080/v1",
            "ssp segment clip.mp4 --out result --weights procedural --precision bf16",
            "ssp segment clip/ --out result --task avss --weights semantic.safetensors --stage1 binary.safetensors --flow none");
        command.Add(video);
        command.Add(compare);
        command.Add(resume);
        command.Add(json);
        return command;
    }

    /// <summary>The verb under <c>ssp profile</c>.</summary>
    public static Command CreateProfiled()
    {
        var profile = new ProfileOptions();
        Command command = Create(
            profile.Out,
            (parsed, request, device) => profile.Run(parsed, device, (profiled, output) => ProgressBars.Show(
                parsed, progress => Segment(parsed, request.OfOneClip() with { Output = output }, profiled, progress))),
            "ssp profile segment clip.mp4",
            "ssp profile segment clip.mp4 --weights procedural --trace trace.json");
        profile.AddTo(command);
        return command;
    }

    private static Command Create(Option<string> output, Func<ParseResult, SegmentRequest, IDevice, int> run, params string[] examples)
    {
        var command = new Verb("segment", "Finds the pixels of the sounding objects: one mask per frame of a clip.", examples);
        _options.AddTo(command, output);
        command.SetAction(parsed => run(parsed, _options.Read(parsed, parsed.GetValue(output) ?? ""), _options.OpenDevice(parsed)));
        return command;
    }

    private static (SegmentationReport Report, IReadOnlyList<string> Notes) Segment(
        ParseResult parsed, SegmentRequest request, IDevice device, StageProgress progress)
    {
        using var writer = new ResultWriter(request.Output, request.Videos);
        using SspModel model = Load(parsed, request, device);
        return (writer.Write(model.Begin(request.Inputs[0], request.Settings, progress)), Notes(model, request.Settings.Prompts is not null));
    }

    private static SspModel Load(ParseResult parsed, SegmentRequest request, IDevice device)
    {
        (SegmentationTask task, bool lacksStage1) = SspModel.Inspect(request.Model);
        parsed.RefuseUseless(_options.Weights.Stage1, task == SegmentationTask.Avs, "only task avss has a binary stage before it");
        if (lacksStage1)
            throw new InputException("task avss needs the weights of the binary stage too: give them with --stage1");
        SspModel model = SspModel.Load(request.Model, device);
        try
        {
            _options.RefuseUseless(parsed, request.Settings, model);
            if ((request.Settings.Flow ?? model.Flow) == FlowKind.Perceiver && !model.HasPerceiverFlow)
                throw new InputException($"{model.Weights}: the weights have no part for Perceiver flow: add its file with --weights, or give --flow pyramid");
            if (_options.IsPrompted(parsed) && model.NeedsVocabulary)
                throw new InputException("prompts need the vocabulary that the weights were trained with: give it with --vocab");
            return model;
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    private static int RunMany(ParseResult parsed, SegmentRequest request, IDevice device, bool resumes)
    {
        IReadOnlyList<ClipInput> inputs = ClipInputs.Expand(request.Inputs);
        ClipBatch.RequireOwnSummary(request.Output);
        PromptFile? prompts = _options.ReadPromptFile(parsed);
        using SspModel model = Load(parsed, request with { Model = request.Model with { KeepsNetworks = true } }, device);
        WriteNotes(parsed.InvocationConfiguration.Error, Notes(model, _options.IsPrompted(parsed)), model.IsMeaningless);
        SegmentationSettings Of(ClipInput input) => request.Settings with { Prompts = _options.ReadPrompts(parsed, prompts, input.Path) };
        return new ClipBatch(model, Of, request.Videos, request.Output, resumes).Run(parsed, inputs);
    }

    // Without ffmpeg all else is written, and a line says what is missing.
    private static ResultVideos Videos(ParseResult parsed, ResultVideos wanted)
    {
        if (wanted == new ResultVideos() || FfmpegMedia.IsInstalled)
            return wanted;
        Output.Lines(parsed.InvocationConfiguration.Error).MarkupLine(
            "[yellow]No video is written: that needs ffmpeg (apt install ffmpeg, brew install ffmpeg or winget install ffmpeg).[/]");
        return new ResultVideos();
    }

    /// <summary>What the weights say of themselves, what was missing, and whether there was text to read.</summary>
    public static IReadOnlyList<string> Notes(SspModel model, bool isPrompted) =>
    [
        .. model.Note is { } note ? [note] : Array.Empty<string>(),
        .. model.Notes,
        .. model.ReadsText && !isPrompted ? ["No prompts were given: the text was empty."] : Array.Empty<string>(),
    ];

    /// <summary>Writes them, and whether the masks mean nothing.</summary>
    public static void WriteNotes(TextWriter error, IReadOnlyList<string> notes, bool isMeaningless)
    {
        Output.Notes(error, notes);
        if (isMeaningless)
            Output.Lines(error).MarkupLine("[red]The weights are procedural: the network ran in full, but its masks mean nothing.[/]");
    }

    private static int Run(ParseResult parsed, SegmentRequest request, IDevice device, bool json)
    {
        TextWriter output = parsed.InvocationConfiguration.Output, error = parsed.InvocationConfiguration.Error;
        (SegmentationReport report, IReadOnlyList<string> remarks) = ProgressBars.Show(parsed, progress => Segment(parsed, request, device, progress));
        WriteNotes(error, remarks, report.Meaningless);
        if (!report.HasAudio)
            Output.Lines(error).MarkupLine("[yellow]The clip has no sound: nothing sounds in it.[/]");
        if (json)
            output.WriteLine(report.ToJson());
        else
            SegmentSummary.Write(report, request.Output, Output.Lines(output));
        return ExitCodes.Success;
    }
}
