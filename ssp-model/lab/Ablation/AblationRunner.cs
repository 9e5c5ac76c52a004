using System.Security.Cryptography;
using System.Text;
using SspNative.Engine.Storage;
using SspNative.Model.Config;
using SspNative.Model.Data;
using SspNative.Model.Data.AvsBench;
using SspNative.Model.Evaluation;
using SspNative.Model.Files;
using SspNative.Model.Preprocessing;
using SspNative.Model.Training;

namespace SspNative.Lab.Ablation;

/// <summary>What one training of an ablation reached.</summary>
/// <param name="MeanIou">mIoU of the test clips, by the task's main protocol.</param>
/// <param name="FScore">F by the same.</param>
/// <param name="Difficulties">Where the clips tell what is difficult about them.</param>
public sealed record AblationScore(double MeanIou, double FScore, IReadOnlyList<DifficultyScore> Difficulties)
{
    /// <summary>Clip by clip; null in scores that were written before these were kept.</summary>
    public IReadOnlyList<AblationClip>? Clips { get; init; }
}

/// <summary>What a training reached in one test clip.</summary>
/// <param name="Id">The clip's uid.</param>
/// <param name="MeanIou">Over its frames.</param>
/// <param name="Found">Share of the pixels of what sounds that was marked; null where nothing does or the clip does not tell.</param>
/// <param name="Leaked">Share of the pixels of silent things that was marked; null where there are none or the clip does not tell.</param>
public sealed record AblationClip(string Id, double MeanIou, double? Found, double? Leaked)
{
    internal static AblationClip Of(ClipScore clip) => new(
        clip.Id, clip.MeanIou, Share(clip.Things.Sum(t => t.FoundPixels), clip.Things.Sum(t => t.SoundingPixels)),
        Share(clip.Things.Sum(t => t.LeakedPixels), clip.Things.Sum(t => t.SilentPixels)));

    private static double? Share(long part, long all) => all == 0 ? null : (double)part / all;
}

/// <summary>
/// Trains and scores the settings of an ablation, each once however many studies have it. A training lies in a folder named by all that decides
/// it, with its <c>score.json</c>; one that has ended is not repeated, one that was interrupted goes on.
/// </summary>
/// <param name="folder">Of all trainings.</param>
/// <param name="first">First weights, shared by all.</param>
/// <param name="start">What the first weights, the training clips and the test clips are: another start is another training.</param>
/// <param name="train">Training clips of a setting.</param>
/// <param name="test">Clips it is scored on.</param>
/// <param name="tokenizer">The tokenizer of the text encoder.</param>
/// <param name="device">Where it is computed.</param>
public sealed class AblationRunner(
    string folder, IParameterSource first, string start, Func<AblationSetting, IClipDataset> train, Func<AblationSetting, IClipDataset> test,
    PromptTokenizer tokenizer, IDevice device)
{
    /// <summary>The folder of all trainings in that of a study, by which it is known.</summary>
    public const string TrainingsFolder = "runs";

    private const string ScoreFile = "score.json";
    private const string PhaseName = "training";

    /// <summary>Steps between two savings inside an epoch.</summary>
    public int SaveEverySteps { get; init; } = 250;

    /// <summary>The folder of a setting's training.</summary>
    public string Folder(AblationSetting setting, ulong seed)
    {
        string text = LabJson.Write(setting with { Options = setting.Options with { Seed = seed } }) + start;
        return Path.Combine(folder, Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)))[..16]);
    }

    /// <summary>Whether a folder has a name that <see cref="Folder"/> gives.</summary>
    public static bool IsTraining(string path) =>
        Directory.Exists(path) && Path.GetFileName(path) is { Length: 16 } name && name.All(char.IsAsciiHexDigitLower);

    /// <summary>Whether a setting has its score already.</summary>
    public bool IsDone(AblationSetting setting, ulong seed) => File.Exists(Path.Combine(Folder(setting, seed), ScoreFile));

    /// <summary>Looks at the training clips of a setting and at its first weights, without training or writing anything.</summary>
    /// <param name="setting">The setting.</param>
    /// <param name="seed">Of its training.</param>
    /// <exception cref="InputException">Clips cannot be used.</exception>
    /// <exception cref="InvalidDataException">The weights lack parameters that are not trained.</exception>
    public void Check(AblationSetting setting, ulong seed) => Training(setting, seed).Check(first);

    /// <summary>Trains a setting, if that is not done, and scores it on the test clips; null if it was stopped before.</summary>
    /// <param name="setting">The setting.</param>
    /// <param name="seed">Decides first weights that no file has, data order and points of the loss.</param>
    /// <param name="observer">Told of every step.</param>
    /// <param name="stop">Stops after the step being taken.</param>
    /// <exception cref="InputException">Clips cannot be used.</exception>
    /// <exception cref="InvalidDataException">The weights do not fit, or training diverged.</exception>
    public AblationScore? Run(AblationSetting setting, ulong seed, ITrainingObserver observer, CancellationToken stop)
    {
        string run = Folder(setting, seed), score = Path.Combine(run, ScoreFile);
        if (File.Exists(score))
            return Read(score);
        Training(setting, seed).Run(first, observer, stop);
        if (stop.IsCancellationRequested)
            return null;
        AblationScore result = Score(Path.Combine(run, RunFolder.LastFile), test(setting));
        AtomicFile.WriteText(score, LabJson.Write(result));
        return result;
    }

    private RecipeRun Training(AblationSetting setting, ulong seed) => new(
        Folder(setting, seed), new TrainingRecipe([new TrainingPhase(PhaseName, setting.Options with { Seed = seed })]), setting.Config,
        (_, split) => split == ClipSplit.Train ? train(setting) : test(setting), tokenizer, device)
    {
        SaveEverySteps = SaveEverySteps,
    };

    private static AblationScore Read(string path)
    {
        try
        {
            return ConfigJson.Parse<AblationScore>(InputFile.ReadText(path, InputFile.TextLimit), "member of a score", LabJson.Options);
        }
        catch (InvalidDataException e)
        {
            throw new InvalidDataException($"{path}: not the score of a training: {e.Message}; delete it to train again", e);
        }
    }

    private AblationScore Score(string path, IClipDataset clips)
    {
        using Checkpoint checkpoint = Checkpoint.Open(path);
        using var model = new TrainingModel(checkpoint.Config, checkpoint.Weights, device, checkpoint.Options.Objective);
        EvaluationReport report = new Evaluator(checkpoint.Config, checkpoint.Options, tokenizer).Evaluate(model, clips);
        ProtocolScore main = report.By(model.IsBinary ? ProtocolNames.Aavs : ProtocolNames.AvsBenchSeen);
        return new AblationScore(main.MeanIou, main.FScore, report.Difficulties) { Clips = [.. report.ClipScores.Select(AblationClip.Of)] };
    }
}
