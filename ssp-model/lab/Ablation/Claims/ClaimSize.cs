namespace SspNative.Lab.Ablation.Claims;

/// <summary>How large a claims study is.</summary>
/// <param name="Name">On the command line.</param>
/// <param name="Seeds">Trainings of every row.</param>
/// <param name="TrainingClips">Made for each world.</param>
/// <param name="Epochs">Over them.</param>
/// <param name="TestClips">Made for each world.</param>
/// <param name="Pixels">Width and height of frames.</param>
/// <param name="Frames">Of a clip.</param>
public sealed record ClaimSize(string Name, int Seeds, int TrainingClips, int Epochs, int TestClips, int Pixels, int Frames)
{
    /// <summary>The sizes that there are: to try the command; for two cores in about four hours; for a GPU or several machines.</summary>
    public static IReadOnlyList<ClaimSize> All { get; } =
    [
        new("smoke", 2, 4, 1, 3, 32, 2), new("screening", 3, 500, 2, 150, 128, 5), new("full", 8, 3000, 6, 1000, 128, 5),
    ];

    /// <summary>A size by its name.</summary>
    public static ClaimSize By(string name) => All.First(s => s.Name == name);

    /// <summary>All clips of a world.</summary>
    public int Clips => TrainingClips + TestClips;
}
