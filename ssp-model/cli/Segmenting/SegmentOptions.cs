using System.CommandLine;
using SspNative.Cli.Options;
using SspNative.Cli.Parsing;
using SspNative.Cli.Terminal;
using SspNative.Engine;
using SspNative.Kernels;
using SspNative.Model;
using SspNative.Model.MaskFusion;
using SspNative.Model.Media;
using SspNative.Model.OpticalFlow;
using SspNative.Model.Pipeline;
using SspNative.Model.Preprocessing;

namespace SspNative.Cli.Segmenting;

/// <summary>The options of <c>ssp segment</c> and <c>ssp profile segment</c>, and how they are read.</summary>
internal sealed class SegmentOptions
{
    /// <summary>The folder of results.</summary>
    public static Option<string> Out { get; } = new("--out")
    {
        Description = "The folder to write: index.html, masks/, overlay/, flow/, pre-mask/, coco.json, timeline.csv and result.json. "
            + "A former result is replaced.",
        HelpName = "DIR",
        Required = true,
    };

    /// <summary>Which weights segment.</summary>
    public SegmenterWeights Weights { get; } = new();

    private readonly Argument<string[]> _inputs = new("INPUT")
    {
        Description = "A video, or a folder with frames/*.jpg|png and audio.wav. Of several, of a folder of such clips, and of a pattern such as "
            + "'videos/*.mp4', each clip gets a folder of its own.",
        Arity = ArgumentArity.OneOrMore,
    };

    private readonly Option<string> _prompts = new("--prompts")
    {
        Description = "What a language model said of the clip: {\"A1\": \"a man plays a guitar\", \"A2\": \"man, guitar\"}. Without it the text is empty.",
        HelpName = "FILE.json",
    };

    private readonly PromptServer _server = new("--prompts-");

    private readonly Option<string> _vocab = VocabularyOption.Create("The text encoder's WordPiece vocabulary, one token a line.");

    private readonly Option<double> _fps = new("--fps")
    {
        Description = "Frames taken from a second of video.",
        HelpName = "N",
        DefaultValueFactory = _ => 1,
    };

    private readonly Option<string> _audio = new("--audio")
    {
        Description = "The clip's sound, where it is in another file: a WAV, or anything that ffmpeg reads.",
        HelpName = "FILE",
    };

    private readonly Option<string> _tau = new("--tau")
    {
        Description = $"Threshold of the optical mask: a number in 0…1, or otsu. Default: what the weights were trained with, else {Tau.Default}.",
        HelpName = "NUMBER|otsu",
    };

    private readonly Option<string> _motion = MotionOption.Create();

    private readonly Option<string> _inferenceMask = InferenceMaskOption.Create();

    private readonly Option<string> _flow = new Option<string>("--flow")
    {
        Description = "Optical flow: perceiver, pyramid (a classical method that needs no weights), or none (every pixel counts as "
            + "moving). Default: what the model's file says, else perceiver if the weights have it, else pyramid.",
        HelpName = "none|perceiver|pyramid",
    }.OneOf("none", "perceiver", "pyramid");

    private readonly Option<string> _flowSize = new Option<string>("--flow-size")
    {
        Description = "For perceiver. tile: frames are stretched to one tile of the network. native: they are covered with tiles; slower, finer.",
        HelpName = "tile|native",
        DefaultValueFactory = _ => "tile",
    }.OneOf("tile", "native");

    private readonly Option<string> _config = ConfigOption.CreateOfWeights();

    private readonly Option<string> _device = DeviceOption.Create(), _precision = DeviceOption.CreatePrecision();

    private readonly Option<bool> _graphs = DeviceOption.CreateGraphs();

    /// <summary>Adds them to a command.</summary>
    /// <param name="command">The command.</param>
    /// <param name="output">Its own option of where results go.</param>
    public void AddTo(Verb command, Option<string> output)
    {
        command.Add(_inputs);
        foreach (Option option in (Option[])
            [
                output, Weights.Weights, Weights.Stage1, _config, Weights.Task, _prompts, _vocab, _fps, _audio, _tau, _motion, _inferenceMask, _flow,
                _flowSize, _device, _precision, _graphs,
            ])
            command.Add(option);
        _server.AddTo(command);
    }

    /// <summary>What a command line asks for.</summary>
    /// <exception cref="InputException">An option cannot be used.</exception>
    public SegmentRequest Read(ParseResult parsed, string output)
    {
        string? wanted = parsed.GetValue(Weights.Task);
        (IReadOnlyList<string> weights, IReadOnlyList<string> stage1) = Weights.Read(parsed);
        string[] inputs = parsed.GetRequiredValue(_inputs);
        bool isOne = ClipInputs.IsOne(inputs);
        if (!isOne && parsed.IsGiven(_audio))
            throw new InputException("--audio is the sound of one clip, but several were given");
        return new SegmentRequest(
            inputs, output,
            new SspModelOptions
            {
                Weights = weights,
                Stage1Weights = stage1,
                Config = parsed.GetValue(_config) is { } sizes ? ConfigOption.Read(sizes, wanted, parsed.InvocationConfiguration.Error) : null,
                Task = ConfigOption.TaskOf(wanted),
                Vocabulary = parsed.GetValue(_vocab),
                KeepsNetworks = false,
            },
            new SegmentationSettings
            {
                Prompts = isOne ? ReadPrompts(parsed, ReadPromptFile(parsed), inputs[0]) : null,
                Fps = parsed.GetRequiredValue(_fps),
                Audio = parsed.GetValue(_audio),
                Tau = parsed.GetValue(_tau) is { } threshold ? Tau.Parse(threshold) : null,
                Motion = MotionOption.Read(parsed, _motion),
                InferenceMask = parsed.GetValue(_inferenceMask) is { } mode ? InferenceMaskModes.Parse(mode) : null,
                Flow = parsed.GetValue(_flow) is { } flow ? Enum.Parse<FlowKind>(flow, ignoreCase: true) : null,
                FlowSize = parsed.GetRequiredValue(_flowSize) == "native" ? FlowSize.Native : FlowSize.Tile,
            });
    }

    /// <summary>The device that was asked for.</summary>
    public IDevice OpenDevice(ParseResult parsed) => DeviceOption.Open(parsed, _device, _precision, _graphs);

    /// <summary>Whether texts were given, or a server that writes them.</summary>
    public bool IsPrompted(ParseResult parsed) => parsed.IsGiven(_prompts) || parsed.IsGiven(_server.Url);

    /// <summary>The file of prompts, if one was given.</summary>
    public PromptFile? ReadPromptFile(ParseResult parsed)
    {
        bool asks = parsed.GetValue(_server.Url) is not null;
        foreach (Option option in _server.Others)
            parsed.RefuseUseless(option, !asks, $"no server is asked; {_server.Url.Name} names one");
        if (parsed.GetValue(_prompts) is not { } file)
            return null;
        return asks ? throw new InputException($"{_prompts.Name} and {_server.Url.Name} give the same texts; use one of them") : PromptFile.Load(file);
    }

    /// <summary>What a file says of a clip, or a server of a language model.</summary>
    public Prompts? ReadPrompts(ParseResult parsed, PromptFile? file, string input)
    {
        if (file is not null)
            return file.Of(Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(input))));
        if (parsed.GetValue(_server.Url) is null)
            return null;
        var clip = ClipSource.Open(input, parsed.GetRequiredValue(_fps), parsed.GetValue(_audio));
        return ProgressBars.Show(parsed, progress => _server.Ask(parsed, [clip], progress))[0].Prompts;
    }

    /// <summary>Refuses options that change nothing for this model.</summary>
    public void RefuseUseless(ParseResult parsed, SegmentationSettings settings, SspModel model)
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
        parsed.RefuseUseless(_prompts, !model.ReadsText, "the model reads no text");
        parsed.RefuseUseless(_server.Url, !model.ReadsText, "the model reads no text");
        parsed.RefuseUseless(_vocab, !model.ReadsText, "the model reads no text");
    }
}
