namespace SspNative.Model.Prompting;

/// <summary>The two questions that a language model is asked about a clip, in turn.</summary>
/// <param name="First">Q1, asked with the clip's frames. Its answer is A1.</param>
/// <param name="Second">Q2, asked after A1 in the same conversation. Its answer is A2.</param>
public sealed record PromptQuestions(string First, string Second)
{
    private const string Format = "a format of \"A NOUN VERB NOUN\"", Example = "for example: \"a man plays a guitar\"";

    /// <summary>The questions of §4.2 of the paper, word for word.</summary>
    public static PromptQuestions Paper { get; } = new(
        $"Describe the video, give every object's location with their characteristic, with {Format}, {Example}.",
        "According to the video, with A1, give the NOUN word that potentially produce sound.");

    /// <summary>
    /// By name: <c>paper</c>, and the four variants of Fig. 7 by the paper's letters, <c>a</c> the worst and <c>d</c> the best, with the second question
    /// that stands there.
    /// </summary>
    public static IReadOnlyDictionary<string, PromptQuestions> Presets { get; } = new Dictionary<string, PromptQuestions>
    {
        ["paper"] = Paper,
        ["a"] = OfFigure7("Describe the video."),
        ["b"] = OfFigure7("Describe the video with every objects location."),
        ["c"] = OfFigure7($"Describe the video, give every objects location with their characteristic, with {Format}."),
        ["d"] = OfFigure7($"Describe the video, give every objects location with their characteristic, with {Format}, {Example}."),
    };

    private static PromptQuestions OfFigure7(string first) =>
        new(first, "According to the video, with Answer1, give the NOUN word that produce sound.");
}
