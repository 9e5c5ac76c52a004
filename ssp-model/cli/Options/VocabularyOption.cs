using System.CommandLine;
using SspNative.Engine;
using SspNative.Model.Training;

namespace SspNative.Cli.Options;

/// <summary>The option <c>--vocab</c>: the WordPiece vocabulary of a text encoder, a token a line.</summary>
internal static class VocabularyOption
{
    public static Option<string> Create(string description = "The text encoder's WordPiece vocabulary; without it words are hashed to ids.") => new("--vocab")
    {
        Description = description,
        HelpName = "vocab.txt",
    };

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
