namespace SspNative.Cli;

/// <summary>The small model that comes with the program, trained by <c>models/train.sh</c> on synthetic clips.</summary>
internal static class BundledModel
{
    /// <summary>Weights for a task, and those of the binary stage where the task needs it.</summary>
    public static (string[] Weights, string[] Stage1) Weights(bool semantic) =>
        semantic ? ([PathOf("avss")], [PathOf("avs")]) : ([PathOf("avs")], []);

    private static string PathOf(string task) => Path.Combine(AppContext.BaseDirectory, "models", $"synth-{task}.safetensors");
}
