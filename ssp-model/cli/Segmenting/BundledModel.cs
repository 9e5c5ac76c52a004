using SspNative.Engine;

namespace SspNative.Cli.Segmenting;

/// <summary>The small models that come with the program, trained by <c>models/train.sh</c> on synthetic clips.</summary>
internal static class BundledModel
{
    private static readonly string _folder = Path.Combine(AppContext.BaseDirectory, "models");

    /// <summary>The weight file of a task's model.</summary>
    /// <param name="task">The task that was asked for; null for <c>avs</c>.</param>
    /// <exception cref="InputException">There is no model for the task.</exception>
    public static string Weights(string? task) => Weights(task, _folder);

    /// <summary>The weights that were given; where none were, the files of the task's models.</summary>
    /// <param name="task">The task that was asked for; null for <c>avs</c>.</param>
    /// <exception cref="InputException">None were given, and there is no model for the task.</exception>
    public static (IReadOnlyList<string> Weights, IReadOnlyList<string> Stage1) Or(IReadOnlyList<string> weights, IReadOnlyList<string> stage1, string? task) =>
        weights.Count > 0 ? (weights, stage1) : ([Weights(task)], task == "avss" && stage1.Count == 0 ? [Weights("avs")] : stage1);

    /// <param name="task">The task that was asked for; null for <c>avs</c>.</param>
    /// <param name="folder">Where the models lie.</param>
    /// <exception cref="InputException">The folder has no model for the task.</exception>
    internal static string Weights(string? task, string folder)
    {
        string file = Path.Combine(folder, $"synth-{task ?? "avs"}.safetensors");
        string needed = task == "avss" ? "--weights and --stage1" : "--weights";
        return File.Exists(file)
            ? file
            : throw new InputException($"no weights were given, and no model for task {task ?? "avs"} comes with this program: give {needed}");
    }
}
