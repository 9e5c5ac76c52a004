using SspNative.Model.Data;

namespace SspNative.Cli;

/// <summary>The small model that comes with the program, trained by <c>models/train.sh</c> on synthetic clips.</summary>
internal static class BundledModel
{
    /// <summary>Its weight file.</summary>
    /// <param name="task">The task that was asked for; null for the model's.</param>
    /// <exception cref="InputException">The task is not the model's.</exception>
    public static string Weights(string? task) => task is null or "avs"
        ? Path.Combine(AppContext.BaseDirectory, "models", "synth-avs.safetensors")
        : throw new InputException($"no weights were given, and the bundled model is for task avs; task {task} needs --weights and --stage1-weights");
}
