using System.CommandLine;
using System.Globalization;
using Spectre.Console;
using SspNative.Cli.Options;
using SspNative.Cli.Parsing;
using SspNative.Cli.Profiling;
using SspNative.Cli.Terminal;
using SspNative.Engine;
using SspNative.Kernels;
using SspNative.Model;
using SspNative.Model.Config;
using SspNative.Model.MaskFusion;
using SspNative.Model.Media;
using SspNative.Model.Networks;
using SspNative.Model.OpticalFlow;
using SspNative.Model.Pipeline;
using SspNative.Model.Preprocessing;
using SspNative.Model.Results;

namespace SspNative.Cli.Segmenting;

/// <summary><c>ssp segment</c>: from a video to one mask per frame.</summary>
internal static class SegmentCommand
{
    private const string NeedsVocabulary = "prompts need the vocabulary that the weights were trained with: give it with --vocab";

    private static readonly Argument<string[]> _inputs = new("INPUT")
    {
        Description = "A video, or a folder with frames/*.jpg|png and audio.wav. Of several, of a folder of such clips, and of a pattern such as "
            + "'videos/*.mp4', each clip gets a folder of its own.",
        Arity = ArgumentArity.OneOrMore,
    };

    private static readonly Option<string> _out = new("--out")
    {
        Description = "The folder to write: index.html, masks/, overlay/, flow/, pre-mask/, coco.json, timeline.csv and result.json. A former result is replaced.",
        HelpName = "DIR",
        Required = true,
    };

    private static readonly SegmenterWeights _weights = new();

    private static readonly Option<string> _prompts = new("--prompts")
    {
        Description = "What a language model said of the clip: {\"A1\": \"a man plays a guitar\", \"A2\": \"man, guitar\"}. Without it the text is empty.",
        HelpName = "FILE.json",
    };

    private static readonly PromptServer _server = new("--prompts-");

    private static readonly Option<string> _vocab = VocabularyOption.Create("The text encoder's WordPiece vocabulary, one token a line.");

    private static readonly Option<double> _fps = new("--fps")
    {
        Description = "Frames taken from a second of video.",
        HelpName = "N",
        DefaultValueFactory = _ => 1,
    };

    private static readonly Option<string> _audio = new("--audio")
    {
        Description = "The clip's sound, where it is in another file: a WAV, or anything that ffmpeg reads.",
        HelpName = "FILE",
    };

    private static readonly Option<string> _tau = new("--tau")
    {
        Description = $"Threshold of the optical mask: a number in 0…1, or otsu. Default: what the weights were trained with, else {Tau.Default}.",
        HelpName = "NUMBER|otsu",
    };

    private static readonly Option<string> _motion = MotionOption.Create();

    private static readonly Option<string> _inferenceMask = InferenceMaskOption.Create();

    private static readonly Option<string> _flow = new Option<string>("--flow")
    {
        Description = "Optical flow: perceiver, pyramid (a classical method that needs no weights), or none (every pixel counts as "
            + "moving). Default: what the model's file says, else perceiver if the weights have it, else pyramid.",
        HelpName = "none|perceiver|pyramid",
    }.OneOf("none", "perceiver", "pyramid");

    private static readonly Option<string> _flowSize = new Option<string>("--flow-size")
    {
        Description = "For perceiver. tile: frames are stretched to one tile of the network. native: they are covered with tiles; slower, finer.",
        HelpName = "tile|native",
        DefaultValueFactory = _ => "tile",
    }.OneOf("tile", "native");

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
            _out,
            (parsed, request, device) =>
            {
                request = request with { Videos = Videos(parsed, new ResultVideos(parsed.GetValue(video), parsed.GetValue(compare))) };
                bool isOne = ClipInputs.IsOne(request.Inputs);
                if (!isOne && parsed.IsGiven(_audio))
                    throw new InputException("--audio is the sound of one clip, but several were given");
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

    private static Command Create(Option<string> output, Func<ParseResult, Request, IDevice, int> run, params string[] examples)
    {
        Option<string> config = ConfigOption.CreateOfWeights();
        Option<string> device = DeviceOption.Create(), precision = DeviceOption.CreatePrecision();
        Option<bool> graphs = DeviceOption.CreateGraphs();
        var command = new Verb("segment", "Finds the pixels of the sounding objects: one mask per frame of a clip.", examples)
        {
            _inputs, output, _weights.Weights, _weights.Stage1, config, _weights.Task, _prompts, _vocab, _fps, _audio, _tau, _motion, _inferenceMask, _flow, _flowSize, device, precision, graphs,
        };
        _server.AddTo(command);
        command.SetAction(parsed =>
        {
            string? wanted = parsed.GetValue(_weights.Task);
            (IReadOnlyList<string> weights, IReadOnlyList<string> stage1) = _weights.Read(parsed);
            string[] inputs = parsed.GetRequiredValue(_inputs);
            var request = new Request(
                inputs,
                parsed.GetValue(output) ?? "",
                new SspModelOptions
                {
                    Weights = weights,
                    Stage1Weights = stage1,
                    Config = parsed.GetValue(config) is { } sizes ? ConfigOption.Read(sizes, wanted, parsed.InvocationConfiguration.Error) : null,
                    Task = ConfigOption.TaskOf(wanted),
                    Vocabulary = parsed.GetValue(_vocab),
                    KeepsNetworks = false,
                },
                new SegmentationSettings
                {
                    Prompts = ClipInputs.IsOne(inputs) ? ReadPrompts(parsed, ReadPromptFile(parsed), inputs[0]) : null,
                    Fps = parsed.GetRequiredValue(_fps),
                    Audio = parsed.GetValue(_audio),
                    Tau = parsed.GetValue(_tau) is { } threshold ? Tau.Parse(threshold) : null,
                    Motion = MotionOption.Read(parsed, _motion),
                    InferenceMask = parsed.GetValue(_inferenceMask) is { } mode ? InferenceMaskModes.Parse(mode) : null,
                    Flow = parsed.GetValue(_flow) is { } flow ? Enum.Parse<FlowKind>(flow, ignoreCase: true) : null,
                    FlowSize = parsed.GetRequiredValue(_flowSize) == "native" ? FlowSize.Native : FlowSize.Tile,
                });
            return run(parsed, request, DeviceOption.Open(parsed, device, precision, graphs));
        });
        return command;
    }

    private static PromptFile? ReadPromptFile(ParseResult parsed)
    {
        bool asks = parsed.GetValue(_server.Url) is not null;
        foreach (Option option in _server.Others)
            parsed.RefuseUseless(option, !asks, $"no server is asked; {_server.Url.Name} names one");
        if (parsed.GetValue(_prompts) is not { } file)
            return null;
        return asks ? throw new InputException($"{_prompts.Name} and {_server.Url.Name} give the same texts; use one of them") : PromptFile.Load(file);
    }

    // What a file says of the clip, or a server of a language model.
    private static Prompts? ReadPrompts(ParseResult parsed, PromptFile? file, string input)
    {
        if (file is not null)
            return file.Of(Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(input))));
        if (parsed.GetValue(_server.Url) is null)
            return null;
        var clip = ClipSource.Open(input, parsed.GetRequiredValue(_fps));
        return ProgressBars.Show(parsed, progress => _server.Ask(parsed, [clip], progress))[0].Prompts;
    }

    private static (SegmentationReport Report, IReadOnlyList<string> Notes) Segment(ParseResult parsed, Request request, IDevice device, StageProgress progress)
    {
        using var writer = new ResultWriter(request.Output, request.Videos);
        using SspModel model = Load(parsed, request, device);
        return (writer.Write(model.Begin(request.Inputs[0], request.Settings, progress)), Notes(model, request.Settings.Prompts is not null));
    }

    private static SspModel Load(ParseResult parsed, Request request, IDevice device)
    {
        parsed.RefuseUseless(_weights.Stage1, SspModel.TaskOf(request.Model) == SegmentationTask.Avs, "only task avss has a binary stage before it");
        if (SspModel.LacksStage1(request.Model))
            throw new InputException("task avss needs the weights of the binary stage too: give them with --stage1");
        SspModel model = SspModel.Load(request.Model, device);
        try
        {
            RefuseUseless(parsed, request.Settings, model);
            if ((request.Settings.Flow ?? model.Flow) == FlowKind.Perceiver && !model.HasPerceiverFlow)
                throw new InputException($"{model.Weights}: the weights have no part for Perceiver flow: add its file with --weights, or give --flow pyramid");
            if (request.Settings.Prompts is not null && model.NeedsVocabulary)
                throw new InputException(NeedsVocabulary);
            return model;
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    private static void RefuseUseless(ParseResult parsed, SegmentationSettings settings, SspModel model)
    {
        FlowKind flow = settings.Flow ?? model.Flow;
        InferenceMaskMode mask = settings.InferenceMask ?? model.Inference.Mask;
        parsed.RefuseUseless(_flowSize, flow != FlowKind.Perceiver, "only --flow perceiver runs at a size of its own");
        parsed.RefuseUseless(_tau, flow == FlowKind.None, "with --flow none every pixel counts as moving");
        parsed.RefuseUseless(_motion, flow == FlowKind.None, "with --flow none every pixel counts as moving");
        foreach (Option option in (Option[])[_tau, _motion])
            parsed.RefuseUseless(
                option, model.Stage1Config is null && mask == InferenceMaskMode.None, "with --inference-mask none no optical mask multiplies the frames");
        parsed.RefuseUseless(
            _inferenceMask, flow == FlowKind.None && mask is InferenceMaskMode.Soft or InferenceMaskMode.Hard,
            "with --flow none every pixel counts as moving, and the frames stay as they are");
        parsed.RefuseUseless(_vocab, model.HashesWords, "the model was trained on hashed words");
        bool reads = Reads(model);
        parsed.RefuseUseless(_prompts, !reads, "the model reads no text");
        parsed.RefuseUseless(_server.Url, !reads, "the model reads no text");
        parsed.RefuseUseless(_vocab, !reads, "the model reads no text");
    }

    private static int RunMany(ParseResult parsed, Request request, IDevice device, bool resumes)
    {
        IReadOnlyList<ClipInput> inputs = ClipInputs.Expand(request.Inputs);
        ClipBatch.RequireOwnSummary(request.Output);
        PromptFile? prompts = ReadPromptFile(parsed);
        using SspModel model = Load(parsed, request with { Model = request.Model with { KeepsNetworks = true } }, device);
        bool isPrompted = parsed.IsGiven(_prompts) || parsed.IsGiven(_server.Url);
        if (isPrompted && model.NeedsVocabulary)
            throw new InputException(NeedsVocabulary);
        WriteNotes(parsed.InvocationConfiguration.Error, Notes(model, isPrompted), model.IsMeaningless);
        SegmentationSettings Of(ClipInput input) => request.Settings with { Prompts = ReadPrompts(parsed, prompts, input.Path) };
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

    // What the weights say of themselves, what was missing, and whether there was text to read.
    private static IReadOnlyList<string> Notes(SspModel model, bool isPrompted) =>
    [
        .. model.Note is { } note ? [note] : Array.Empty<string>(),
        .. model.Notes,
        .. Reads(model) && !isPrompted ? ["No prompts were given: the text was empty."] : Array.Empty<string>(),
    ];

    private static void WriteNotes(TextWriter error, IReadOnlyList<string> notes, bool isMeaningless)
    {
        Output.Notes(error, notes);
        if (isMeaningless)
            Output.Lines(error).MarkupLine("[red]The weights are procedural: the network ran in full, but its masks mean nothing.[/]");
    }

    private static bool Reads(SspModel model) =>
        model.Config.TextFusion != TextFusion.None || model.Stage1Config is { TextFusion: not TextFusion.None };

    private static int Run(ParseResult parsed, Request request, IDevice device, bool json)
    {
        TextWriter output = parsed.InvocationConfiguration.Output, error = parsed.InvocationConfiguration.Error;
        (SegmentationReport report, IReadOnlyList<string> remarks) = ProgressBars.Show(parsed, progress => Segment(parsed, request, device, progress));
        WriteNotes(error, remarks, report.Meaningless);
        if (!report.HasAudio)
            Output.Lines(error).MarkupLine("[yellow]The clip has no sound: nothing sounds in it.[/]");
        if (json)
            output.WriteLine(report.ToJson());
        else
            Summarise(report, request.Output, Output.Lines(output));
        return ExitCodes.Success;
    }

    private static void Summarise(SegmentationReport report, string directory, IAnsiConsole console)
    {
        string timeFormat = TimeFormat(report);
        foreach (FrameReport frame in report.Frames)
        {
            string found = frame.Objects.Count == 0
                ? "nothing"
                : string.Join(", ", frame.Objects.Select(o => string.Create(
                    CultureInfo.InvariantCulture, $"{o.Name} ({Share(o, report)}, score {o.Score:0.00})")));
            console.MarkupLineInterpolated($"{frame.Time.ToString(timeFormat, CultureInfo.InvariantCulture)} s  {found}");
        }
        string stages = string.Join(
            ", ", report.Stages.GroupBy(s => s.Stage).Select(g => string.Create(CultureInfo.InvariantCulture, $"{g.Key} {g.Sum(s => s.Seconds):0.0} s")));
        console.MarkupLineInterpolated($"{directory}: {Output.Count(report.Frames.Count, "mask")} of {report.Width}×{report.Height}; look at {Path.Combine(directory, "index.html")}");
        console.MarkupLineInterpolated($"{stages}; tensors {report.PeakTensorBytes / 1048576} MB, process {report.PeakProcessBytes / 1048576} MB");
    }

    // As many decimals as tell the times of two frames apart.
    private static string TimeFormat(SegmentationReport report)
    {
        double between = report.Frames.Count < 2 ? 1 : report.Frames[1].Time - report.Frames[0].Time;
        return "0." + new string('0', Math.Max(1, (int)Math.Ceiling(-Math.Log10(between) - 1e-9)));
    }

    private static string Share(FoundObject found, SegmentationReport report)
    {
        double percent = 100.0 * found.Area / report.Width / report.Height;
        return percent < 0.05 ? "below 0.1 %" : string.Create(CultureInfo.InvariantCulture, $"{percent:0.0} %");
    }

    // What a command line asks for.
    private sealed record Request(IReadOnlyList<string> Inputs, string Output, SspModelOptions Model, SegmentationSettings Settings)
    {
        public ResultVideos Videos { get; init; } = new();

        public Request OfOneClip() => ClipInputs.IsOne(Inputs) ? this : throw new InputException("one clip is profiled at a time");
    }
}
