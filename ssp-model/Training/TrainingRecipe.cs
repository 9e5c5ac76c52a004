using System.Text.Json;
using SspNative.Model.Config;
using SspNative.Model.Files;

namespace SspNative.Model.Training;

/// <summary>One phase of a training.</summary>
/// <param name="Name">Names its folder and its lines in reports.</param>
/// <param name="Options">How it trains.</param>
public sealed record TrainingPhase(string Name, TrainingOptions Options);

/// <summary>The phases of a training, each of which begins with the best weights of the one before.</summary>
public sealed record TrainingRecipe(IReadOnlyList<TrainingPhase> Phases) : IValidated
{
    /// <summary>The folder in a run's that is the cache's, so that no phase can have it.</summary>
    public const string CacheFolder = "cache";

    private const string OptionNoun = "training option";

    /// <summary>The paper's two phases of a stage: its heads, then also the adapters of the backbone.</summary>
    public static TrainingRecipe Published(SegmentationTask task) => new(
    [
        new TrainingPhase("heads", TrainingOptions.Published(task, TrainableSet.Heads)),
        new TrainingPhase("adapters", TrainingOptions.Published(task, TrainableSet.HeadsAndBackboneAdapters)),
    ]);

    /// <summary>Reads a recipe, or the options of a single phase.</summary>
    /// <exception cref="InputException">It cannot be read, or is neither.</exception>
    public static TrainingRecipe Read(string path)
    {
        if (!File.Exists(path))
            throw new InputException($"{path}: there is no such file of training options");
        try
        {
            using JsonDocument json = ConfigJson.ParseDocument(InputFile.ReadText(path, InputFile.SmallTextLimit));
            return ConfigJson.Find(json.RootElement, "phases") is not null
                ? ConfigJson.Read<TrainingRecipe>(json.RootElement, OptionNoun)
                : Single(ConfigJson.Read<TrainingOptions>(json.RootElement, OptionNoun));
        }
        catch (InvalidDataException e)
        {
            throw new InputException($"{path}: {e.Message}", e);
        }
    }

    /// <summary>Where a phase's checkpoints lie: the last phase's in the run's folder, the others' in folders of their names in it.</summary>
    public string Folder(string run, int phase) => phase == Phases.Count - 1 ? run : Path.Combine(run, Phases[phase].Name);

    /// <inheritdoc/>
    public void Validate(string path = "")
    {
        if (Phases.Count == 0)
            throw new InvalidDataException($"{path}phases is empty; a training has at least one");
        for (int i = 0; i < Phases.Count; i++)
        {
            TrainingPhase phase = Phases[i];
            string at = $"{path}phases[{i}].";
            if (!IsFolderName(phase.Name))
                throw new InvalidDataException(
                    $"{at}name is \"{ShownJson.Shown(phase.Name)}\"; it must be of letters, digits, - and _, not \"{CacheFolder}\": a folder is named so");
            if (Phases.Take(i).Any(p => p.Name.Equals(phase.Name, StringComparison.OrdinalIgnoreCase)))
                throw new InvalidDataException($"{at}name is \"{phase.Name}\"; another phase has it too");
            phase.Options.Validate($"{at}options.");
        }
        if (Phases[^1].Options.Objective != TrainingObjective.Segmentation)
            throw new InvalidDataException(
                $"{path}phases[{Phases.Count - 1}].options.objective is {ConfigJson.Word(Phases[^1].Options.Objective)}; "
                + $"in the last phase it must be {ConfigJson.Word(TrainingObjective.Segmentation)}, the task");
    }

    private static TrainingRecipe Single(TrainingOptions options)
    {
        var recipe = new TrainingRecipe([new TrainingPhase("training", options)]);
        if (options.Objective != TrainingObjective.Segmentation)
            throw new InvalidDataException(
                $"objective is {ConfigJson.Word(options.Objective)}; without phases it must be {ConfigJson.Word(TrainingObjective.Segmentation)}, the task");
        return recipe;
    }

    private static bool IsFolderName(string name) =>
        name.Length is > 0 and <= 100
        && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_')
        && !name.Equals(CacheFolder, StringComparison.OrdinalIgnoreCase);
}
