using System.CommandLine;
using SspNative.Engine;
using SspNative.Model.Training;
using SspNative.Model.Weights;

namespace SspNative.Cli.Options;

/// <summary>The option <c>--vocab</c>: the WordPiece vocabulary of a text encoder, a token a line.</summary>
internal static class VocabularyOption
{
    private const string Usual = "The text encoder's WordPiece vocabulary; by default vocab.txt beside published weights, else words are hashed to ids.";

    public static Option<string> Create(string description = Usual) => new("--vocab")
    {
        Description = description,
        HelpName = "vocab.txt",
    };

    /// <summary>The vocabulary of a training that reads text: what the option says, or else the one beside the published files it begins with.</summary>
    /// <param name="first">The weights it begins with.</param>
    /// <param name="given">What the option says; null where it is not given.</param>
    /// <returns>A full path; null where words are hashed.</returns>
    /// <exception cref="InputException">Their text encoder was trained on words that were read otherwise.</exception>
    public static string? Of(WeightFiles first, string? given)
    {
        if (first.HashesWords == true)
            return given is null ? null : throw new InputException($"{first.Description}: trained on hashed words; leave out --vocab");
        if ((given ?? first.Vocabulary) is { } vocabulary)
            return Path.GetFullPath(vocabulary);
        return first.HashesWords is null
            ? null
            : throw new InputException($"{first.Description}: the text encoder was trained with a vocabulary; give the same with --vocab");
    }

    /// <summary>Refuses to go on without the vocabulary that a model needs.</summary>
    /// <param name="model">The model.</param>
    /// <param name="vocabulary">What the option says; null where it is not given.</param>
    /// <exception cref="InputException">The model was trained with one, and none is given.</exception>
    public static void Require(TrainedModel model, string? vocabulary)
    {
        if (vocabulary is null && model.NeedsVocabulary)
            throw new InputException($"{model.Path}: trained with a vocabulary; give the same with --vocab");
    }
}
