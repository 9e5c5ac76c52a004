using System.Globalization;
using System.Text;
using SspNative.Engine.Storage;
using SspNative.Model.Data.Synthetic;

namespace SspNative.Model.Data.Cutouts;

/// <summary>
/// Writes clips of cut-out pictures with recorded sounds before photographs, in the form of <see cref="SyntheticDataSet"/>. What clips for testing
/// show and let hear, no others do. <c>sources.csv</c> lists all that the set may use; <c>licences/</c> has what its packages say of copyrights.
/// </summary>
public static class CutoutDataSet
{
    /// <summary>Writes the folder, whole or not at all.</summary>
    /// <param name="output">The folder.</param>
    /// <param name="options">What the clips are like. Text that states no information names all that may sound.</param>
    /// <param name="folders">Where the packages are.</param>
    /// <param name="progress">Told of every clip.</param>
    /// <exception cref="InputException">
    /// A number is out of range, the folder exists and is not empty, a package is not there, or a picture or recording cannot be read.
    /// </exception>
    public static WrittenDataSet Write(string output, SyntheticOptions options, CutoutFolders folders, StageProgress progress)
    {
        options.Validate();
        if (options.Premise.TextHitRate is null)
            options = options with { Premise = options.Premise with { TextHitRate = 1, TextFalseAlarmRate = 1 } };
        var sources = new CutoutSources(folders);
        CutoutCatalogue training = new(sources, forTesting: false, options.Size), testing = new(sources, forTesting: true, options.Size);
        return SyntheticDataSet.Write(
            output, options, "cutouts", split => split == "test" ? testing : training, directory => WriteSources(directory, sources), progress);
    }

    private static void WriteSources(ResultDirectory directory, CutoutSources sources)
    {
        var csv = new StringBuilder("use,name,for,package,picture,sound\n");
        foreach (CutoutSource source in sources.All)
            csv.Append(
                CultureInfo.InvariantCulture,
                $"{source.Use},{source.Name},{(source.IsForTesting ? "test" : "train")},{source.Package.ToLowerInvariant()},{source.Picture},{source.Sound}\n");
        File.WriteAllText(directory.NewFile("sources.csv"), csv.ToString());
        foreach ((string name, string text) in sources.Copyrights())
            File.WriteAllText(directory.NewFile("licences", name), text);
    }
}
