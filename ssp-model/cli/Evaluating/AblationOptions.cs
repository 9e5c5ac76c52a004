using System.CommandLine;
using SspNative.Cli.Options;
using SspNative.Engine;
using SspNative.Kernels;
using SspNative.Lab.Ablation;
using SspNative.Model.Data;
using SspNative.Model.Data.AvsBench;
using SspNative.Model.Data.Caching;
using SspNative.Model.Evaluation;
using SspNative.Model.OpticalFlow;
using SspNative.Model.Training;

namespace SspNative.Cli.Evaluating;

/// <summary>What <c>ssp ablate</c> has of its own for the paper's studies: their names, seeds and clips.</summary>
internal sealed class AblationOptions
{
    private readonly DataOptions _data = new();

    private readonly CacheOptions _cache = new("none");

    private readonly Option<string[]> _study = new("--study")
    {
        Description = "table2 (components), lambda (weight of the post-mask loss), prompts (quality, by the way text enters), "
            + "ground-truth (what the pre-mask knows in training), or all of these; several may be given. claims: the six claims of the paper, each on made "
            + "clips of its own; it takes no others.",
        HelpName = "NAME",
        DefaultValueFactory = _ => ["table2"],
        AllowMultipleArgumentsPerToken = true,
    };

    private readonly Option<int> _seeds = new("--seeds")
    {
        Description = "Trainings of each variant, with the seeds 1 to N.",
        HelpName = "N",
        DefaultValueFactory = _ => 3,
    };

    private readonly Option<string> _testData = new("--test-data")
    {
        Description = "Where the clips to be scored lie, if not in --data.",
        HelpName = "DIR",
    };

    private readonly Option<string> _split = new("--split")
    {
        Description = "Which clips are scored: val or test.",
        HelpName = "NAME",
        DefaultValueFactory = _ => "test",
    };

    private readonly Option<int?> _clips = new("--clips")
    {
        Description = "Train on the first N clips alone, for a shortened schedule.",
        HelpName = "N",
    };

    /// <summary>Those that a study with clips and seeds of its own has no use for.</summary>
    public Option[] OfClips =>
        [_data.Root, _data.Subset, _data.Flow, _data.FlowWeights, _data.PromptLevel, _testData, _split, _clips, _seeds, _cache.Folder, _cache.Limit];

    /// <summary>Adds the options to the verb.</summary>
    public void AddTo(Command command)
    {
        foreach (Option option in (Option[])[_study, _seeds, _testData, _split, _clips])
            command.Add(option);
        _data.Root.Required = false;
        _data.AddTo(command);
        _cache.AddTo(command);
    }

    /// <summary>The names of studies that are asked for.</summary>
    public string[] Names(ParseResult parsed) => parsed.GetRequiredValue(_study);

    /// <summary>The studies that are asked for.</summary>
    /// <exception cref="InputException">There is no such study.</exception>
    public AblationStudy[] Studies(ParseResult parsed) =>
        [.. (Names(parsed).Contains("all") ? AblationStudy.Names : Names(parsed)).Distinct().Select(AblationStudy.By)];

    /// <summary>The quality of the prompts that clips come with; null: the best.</summary>
    public string? Prompts(ParseResult parsed) => parsed.GetValue(_data.PromptLevel);

    /// <summary>How many trainings each variant has.</summary>
    /// <exception cref="InputException">Fewer than one.</exception>
    public int Seeds(ParseResult parsed) => parsed.GetRequiredValue(_seeds) is >= 1 and var seeds
        ? seeds
        : throw new InputException($"--seeds {parsed.GetRequiredValue(_seeds)}: each variant needs at least one training");

    /// <summary>Refuses studies, seeds and clips that are none, before anything is opened for them.</summary>
    /// <exception cref="InputException">There is no such study, or there are fewer than one seed or clip.</exception>
    public void RequireSense(ParseResult parsed)
    {
        _ = Studies(parsed);
        _ = Seeds(parsed);
        if (parsed.GetValue(_clips) is < 1 and var clips)
            throw new InputException($"--clips {clips}: a training needs at least one clip");
    }

    /// <summary>Where features of clips are kept; null: nowhere.</summary>
    public ClipCache? OpenCache(ParseResult parsed) => _cache.Open(parsed, null);

    /// <summary>What tells the flow of clips from another.</summary>
    public string FlowIdentity(ParseResult parsed)
    {
        string? weights = parsed.GetValue(_data.FlowWeights);
        return $"{parsed.GetRequiredValue(_data.Flow)} {(File.Exists(weights) ? RankHashes.OfFile(weights) : weights)}";
    }

    /// <summary>What tells made clips from others of the same names; empty where they do not say how they were made.</summary>
    public IEnumerable<string> DataIdentity(ParseResult parsed) =>
        ((string[])[Root(parsed), TestRoot(parsed)]).Select(RankHashes.OfDataSet).OfType<string>();

    /// <summary>What estimates the flow of clips; null: nothing does.</summary>
    public IFlowEstimator? Estimator(ParseResult parsed, AblationSetting shared, IDevice device) =>
        _data.Estimator(parsed, parsed.GetRequiredValue(_data.Flow), parsed.GetValue(_data.FlowWeights), shared.Config.Flow, device);

    /// <summary>The clips that a setting is trained on.</summary>
    /// <exception cref="InputException">They cannot be opened.</exception>
    public IClipDataset Training(ParseResult parsed, AblationSetting setting, IFlowEstimator? estimator, ClipCache? cache)
    {
        DataChoice choice = Choice(parsed, setting, Root(parsed));
        IClipDataset clips = DataOptions.Open(
            choice,
            choice.Clips(ClipSplit.Train, setting.Config.Task) with
            {
                KeepClasses = setting.Config.HasClasses,
                RepeatLabelledFrame = setting.Options.RepeatLabelledFrame,
                BySubset = setting.Options.InOrder,
            },
            estimator, cache);
        return parsed.GetValue(_clips) is { } count ? new FirstClips(clips, count) : clips;
    }

    /// <summary>The clips that a setting is scored on.</summary>
    public IClipDataset Testing(
        ParseResult parsed, AblationSetting setting, IFlowEstimator? estimator, ClipCache? cache, Stage1Model? stage1)
    {
        DataChoice choice = Choice(parsed, setting, TestRoot(parsed));
        ClipSplit split = AvsBenchOptions.ParseSplit(parsed.GetRequiredValue(_split));
        IClipDataset clips = DataOptions.Open(
            choice, choice.Clips(split, setting.Config.Task) with { KeepClasses = true, Scenes = true }, estimator, cache);
        return stage1?.Over(clips) ?? clips;
    }

    private DataChoice Choice(ParseResult parsed, AblationSetting setting, string root) =>
        new(root, parsed.GetRequiredValue(_data.Subset), parsed.GetRequiredValue(_data.Flow), setting.PromptLevel);

    private string TestRoot(ParseResult parsed) => parsed.GetValue(_testData) ?? Root(parsed);

    private string Root(ParseResult parsed) => parsed.GetValue(_data.Root) ?? throw new InputException("this study needs clips: give them with --data");
}
